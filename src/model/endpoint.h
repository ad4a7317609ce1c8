/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_ENDPOINT_H
#define STK_MODEL_ENDPOINT_H
/* A path with its ids collapsed, so that a million product pages are one endpoint:
 * "/product/1234/reviews" and "/product/77.html" become "/product/{}/reviews", "/product/{}.html".
 */
#include "base/str.h"

enum { STK_ENDPOINT_BYTES = 256 }; /* longer templates are cut: they still name one place */

/* Is this path segment (without its file extension) an id: a number, a UUID, a hash, a date, or a
 * word with more digits than letters? */
bool stk_endpoint_is_id(stk_str segment);

/* Write the template of a normalised path; returns its length. */
size_t stk_endpoint(stk_str path, char out[STK_ENDPOINT_BYTES]);
#endif
