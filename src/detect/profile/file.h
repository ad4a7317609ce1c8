/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_FILE_H
#define STK_DETECT_PROFILE_FILE_H
/* What writing and reading a profile share. */
#include "detect/profile/data.h"

#define STK_PROFILE_FIRST_LINE "stockade-profile 1"

/* Counts of a subject as they stand in the file; 0 is left out. */
#define STK_SUBJECT_NUMBERS(NUMBER)                                                                \
    NUMBER(requests)                                                                               \
    NUMBER(draws)                                                                                  \
    NUMBER(closed)                                                                                 \
    NUMBER(unsupported)                                                                            \
    NUMBER(values)                                                                                 \
    NUMBER(least)                                                                                  \
    NUMBER(most)                                                                                   \
    NUMBER(beyond)                                                                                 \
    NUMBER(tail_milli)                                                                             \
    NUMBER(typed)

const char *stk_subject_kind_name(stk_subject_kind kind);

/* A learned trait in words, for show and diff: "sign ?", "integer", "value 15". */
void stk_learned_words(const stk_learned *l, stk_buf *out);
#endif
