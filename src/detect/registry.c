/* SPDX-License-Identifier: Apache-2.0 */
/* detectors.def turned into a table. */
#include "detect/detector.h"

#define DETECTOR(name) extern const stk_detector stk_detector_##name;
#include "detect/detectors.def"
#undef DETECTOR

#define DETECTOR(name) &stk_detector_##name,
const stk_detector *const stk_detectors[] = {
#include "detect/detectors.def"
    NULL,
};
#undef DETECTOR

const stk_detector *stk_detector_named(stk_str name)
{
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++)
        if (stk_str_eq(name, (stk_str){ (*d)->name, strlen((*d)->name) }))
            return *d;
    return NULL;
}
