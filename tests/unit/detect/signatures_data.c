/* SPDX-License-Identifier: Apache-2.0 */
/* What the signatures find in collected attacks and leave alone in ordinary values: figures by
 * class, and floors below the goals so that a step back fails. Rules and confirmers were written
 * with the even half of each list (by the last byte of the value's SHA-1, as in
 * tests/bench/accuracy.py) and look at the other half only here; this test reads both.
 * tests/bench/accuracy.py sets the same figures beside other programs. */
#include "check.h"
#include "judge.h"

#include <string.h>

static int have_data(char *path, size_t room, const char *file)
{
    const char *root = getenv("STOCKADE_DATA");
    snprintf(path, room, "%s/%s", root != NULL ? root : "../shared/data", file);
    FILE *f = fopen(path, "rb");
    if (f != NULL)
        fclose(f);
    return f != NULL;
}

/* The last three fields of a row are "length","type","label"; payloads may hold quotes and commas.
 */
static bool split_row(char *line, size_t len, stk_str *payload, stk_str *type)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    size_t quote[7], found = 0;
    for (size_t i = len; i > 0 && found < 7; i--)
        if (line[i - 1] == '"')
            quote[found++] = i - 1;
    if (found < 7 || line[0] != '"')
        return false;
    *type = (stk_str){ line + quote[3] + 1, quote[2] - quote[3] - 1 };
    size_t out = 1, end = quote[6];
    for (size_t i = 1; i < end; i++) {
        if (line[i] == '"' && i + 1 < end && line[i + 1] == '"')
            i++;
        line[out++] = line[i];
    }
    *payload = (stk_str){ line + 1, out - 1 };
    return true;
}

static const struct goal {
    const char *type;
    double at_least, at_most; /* share flagged */
} goals[] = {
    { "norm", 0, .001 },          { "sqli", .99, 1 }, { "xss", .95, 1 },
    { "path-traversal", .95, 1 }, { "cmdi", .93, 1 },
};

static const char *measure(const char *path)
{
    judge j;
    char command[600];
    size_t seen[STK_COUNT(goals)] = { 0 }, flagged[STK_COUNT(goals)] = { 0 }, attacks = 0,
           found = 0;
    snprintf(command, sizeof command, "gzip -dc '%s'", path);
    FILE *in = popen(command, "r");
    if (in == NULL || !judge_init(&j))
        return "the data or the rules cannot be read";
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, in)) > 0) {
        stk_str payload, type;
        if (!split_row(line, (size_t)len, &payload, &type))
            continue;
        for (size_t i = 0; i < STK_COUNT(goals); i++) {
            if (!stk_str_eq(type, (stk_str){ goals[i].type, strlen(goals[i].type) }))
                continue;
            bool flag = judge_value(&j, payload) >= 0.5;
            seen[i]++;
            flagged[i] += flag;
            attacks += i > 0;
            found += i > 0 && flag;
        }
    }
    free(line);
    pclose(in);
    judge_done(&j);
    const char *why = NULL;
    for (size_t i = 0; i < STK_COUNT(goals); i++) {
        double share = seen[i] ? (double)flagged[i] / (double)seen[i] : 0;
        printf("# httpparams %-15s %5zu of %5zu flagged: %.2f %%\n", goals[i].type, flagged[i],
               seen[i], share * 100);
        if (seen[i] < 50 || share < goals[i].at_least || share > goals[i].at_most)
            why = "a class is outside of its bounds";
    }
    printf("# httpparams all attacks    %5zu of %5zu flagged: %.2f %%\n", found, attacks,
           100.0 * (double)found / (double)(attacks ? attacks : 1));
    return why;
}

static const char *test_httpparams(void)
{
    char path[512];
    (void)have_data(path, sizeof path, "web/httpparams/payload_train.csv.gz");
    return measure(path);
}

static const check_test tests[] = {
    { "httpparams, by class", test_httpparams },
};

int main(void)
{
    char path[512];
    if (!have_data(path, sizeof path, "web/httpparams/payload_train.csv.gz")) {
        printf("SKIPPED: %s is not there (set STOCKADE_DATA)\n", path);
        return getenv("CI") != NULL ? 1 : 77;
    }
    return check_main(tests, sizeof tests / sizeof *tests);
}
