/* SPDX-License-Identifier: Apache-2.0 */
/* What people type, wear and sell: the drill's vocabulary, and nothing else. */
#include "drill/world.h"

/* Browsers by share: the list repeats none, the table of shares does. Versions only, no build
 * strings of real devices. */
static const char *const agents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/122.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 "
    "Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.2 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:123.0) Gecko/20100101 Firefox/123.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/121.0.0.0 Safari/537.36 Edg/121.0.0.0",
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/16.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
};
static const uint8_t share[] = { 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2,
                                 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8 };

uint32_t stk_drill_agent_count(void)
{
    return STK_COUNT(share);
}

const char *stk_drill_agent(uint32_t index)
{
    return agents[share[index % STK_COUNT(share)]];
}

/* As browsers encode them. Some are awkward on purpose: apostrophes, words of SQL, markup-like
 * sizes, scripts other than Latin. None is an attack. */
static const char *const queries[] = {
    "oak+chair",
    "kettle",
    "lamp+shade",
    "men%27s+slippers",
    "o%27hara+mug",
    "rock%27n%27roll+poster",
    "union+flag+cushion",
    "select+comfort+pillow",
    "table+%26+4+chairs",
    "drop+leaf+table",
    "size+%3E+44",
    "kaffeem%C3%BChle",
    "cr%C3%A8me+br%C3%BBl%C3%A9e+dish",
    "%E8%8C%B6%E5%A3%B6",
    "1%2F2+inch+hook",
    "coat+rack",
    "gift+under+20",
    "blanket+150x200",
    "%22linen+sheet%22",
    "tea-light",
    "bread+knife",
    "shoe+rack+-+small",
    "100%25+wool",
    "baby%27s+first+book",
    "black+or+white+rug",
    "order+by+post",
    "bed+frame+140",
    "d%C3%A9cor",
    "knife+block+(empty)",
    "usb-c+lamp",
    "hose+1%2F2%22",
    "the+cat+in+the+hat+cup",
    "garden+fork",
    "towel",
    "candle",
    "wall+clock",
    "plates+set+of+6",
    "wok+32cm",
    "curtain+rail",
    "desk%3A+standing",
};

const char *stk_drill_query(stk_rng *rng)
{
    uint32_t a = stk_rng_below(rng, STK_COUNT(queries)), b = stk_rng_below(rng, STK_COUNT(queries));
    return queries[a < b ? a : b];
}

static const char *const qualities[] = { "oak",     "linen",   "enamel", "brass",
                                         "folding", "striped", "round",  "small",
                                         "woven",   "glazed",  "walnut", "soft",
                                         "tall",    "rustic",  "plain",  "steel" };
static const char *const things[] = { "chair",  "teapot", "lamp",  "cushion", "shelf",  "mirror",
                                      "basket", "bowl",   "stool", "blanket", "candle", "clock",
                                      "rug",    "hook",   "tray",  "vase",    "kettle", "frame" };

const char *stk_drill_quality(uint32_t index)
{
    return qualities[index % STK_COUNT(qualities)];
}

const char *stk_drill_thing(uint32_t index)
{
    return things[index % STK_COUNT(things)];
}

const char *const stk_drill_categories[] = { "chairs",  "tables",  "lighting", "textiles",
                                             "kitchen", "storage", "mirrors",  "garden",
                                             "bath",    "bedroom", "rugs",     "decor",
                                             "office",  "outlet" };
