/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as a path. */
#include "confirmer.h"

FUZZ_CONFIRMER("path", "url", "base64")
