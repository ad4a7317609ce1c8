/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_WATCH_ORDER_H
#define STK_SOURCE_WATCH_ORDER_H
/* Replay: do the times of a source run forward? Internal to source. */
#include "source/watch_state.h"

void watch_order_event(stk_watch *w, const stk_meta *meta);
void watch_order_end(stk_watch *w);

/* "UTC+02:00" */
stk_str watch_zone_text(char out[WATCH_ZONE_TEXT], int64_t zone_s);
#endif
