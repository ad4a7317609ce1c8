/* SPDX-License-Identifier: Apache-2.0 */
/* A key cannot be logged: this compiles, until BREAK tries. */
#include "base/log.h"
#include "crypt/secret.h"

void log_a_key(const stk_log *log, const stk_secret *key, int64_t version);
void log_a_key(const stk_log *log, const stk_secret *key, int64_t version)
{
    (void)key;
    stk_log_info(log, "key made", F("version", version));
#ifdef BREAK
    stk_log_info(log, "key made", F("key", *key));
#endif
}
