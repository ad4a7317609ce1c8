/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as HTML. */
#include "confirmer.h"

FUZZ_CONFIRMER("html", "strict")
