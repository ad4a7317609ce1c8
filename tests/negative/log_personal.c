/* SPDX-License-Identifier: Apache-2.0 */
/* Law 1 as a build failure: this compiles, until BREAK makes it log what a customer typed. */
#include "base/log.h"
#include "model/event.h"

void log_a_request(const stk_log *log, const stk_event *event);
void log_a_request(const stk_log *log, const stk_event *event)
{
    stk_log_info(log, "request", F("status", event->u.http.status));
#ifdef BREAK
    stk_log_info(log, "request", F("client", event->u.http.client));
#endif
}
