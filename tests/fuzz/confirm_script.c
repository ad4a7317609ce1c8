/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as JavaScript. */
#include "confirmer.h"

FUZZ_CONFIRMER("script")
