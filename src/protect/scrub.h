/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_SCRUB_H
#define STK_PROTECT_SCRUB_H
/* Card numbers, card verification values, PINs and passwords may only be dropped (PCI DSS 3.3), so
 * they are blotted out of every text before it is kept, cut or sealed.
 *
 * A card number is 13 to 19 digits, with single blanks, dashes, plus signs or %20 between them or
 * not, that start as the issuers' ranges do (ISO/IEC 7812) and end in a right check digit (Luhn).
 * A secret is what follows one of a few names (cvv, password ...) and '=' or ':'. */
#include "base/buf.h"

/* Append `text` to `out`, blotted; never longer than it came. False: `out` failed. */
bool stk_scrub(stk_str text, stk_buf *out);

/* Does it hold a card number? */
bool stk_has_card_number(stk_str text);
#endif
