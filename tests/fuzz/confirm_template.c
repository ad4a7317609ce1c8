/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as a template. */
#include "confirmer.h"

FUZZ_CONFIRMER("template")
