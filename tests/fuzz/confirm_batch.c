/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as a statement of cmd.exe. */
#include "confirmer.h"

FUZZ_CONFIRMER("batch")
