/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as a URL. */
#include "confirmer.h"

FUZZ_CONFIRMER("address", "remote")
