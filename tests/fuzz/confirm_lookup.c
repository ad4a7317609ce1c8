/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be read as a Log4j lookup. */
#include "confirmer.h"

FUZZ_CONFIRMER("lookup")
