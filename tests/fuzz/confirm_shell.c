/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as a command line. */
#include "confirmer.h"

FUZZ_CONFIRMER("shell", "header")
