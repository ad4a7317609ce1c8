/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_LIMITS_H
#define STK_BASE_LIMITS_H
/* Every limit of the house has its number, its name and its place here. */
enum {
    STK_PARTITIONS = 64,        /* logical partitions of keyed state; fixed for ever */
    STK_BATCH_EVENTS = 4096,    /* events in a batch, and in a sealed block */
    STK_UNIT_BYTES = 1 << 20,   /* one line, request or event; longer is set aside */
    STK_BODY_BYTES = 256 << 10, /* of a request body that is inspected */
    STK_HEADERS = 128,          /* headers kept of one request */
    STK_VALUES = 512,           /* values inspected of one request */
    STK_DECODE_ROUNDS = 4,      /* layers of encoding taken off one value */
    STK_NEST_DEPTH = 32,        /* of JSON, XML, YAML and multipart */
    STK_YAML_BYTES = 4 << 20,   /* of one YAML file */
    STK_YAML_NODES = 200000,    /* in one YAML file */
    STK_RULES = 4096,           /* signatures loaded at once */
    STK_FINDINGS_PER_UNIT = 16, /* the strongest are kept; the rest are counted */
    STK_REASON_ARGS = 6,        /* arguments of one reason */
    STK_TUPLES_PER_UNIT = 24,   /* keyed messages that one event may send */
    STK_INCIDENT_UNITS = 20000, /* units named in one incident; the count goes on */
    STK_INCIDENT_ENTITIES = 64, /* actors and targets named in one incident */
    STK_INCIDENTS_OPEN = 4096,  /* being correlated at once; the quietest is closed first */
    STK_SOURCES = 256,          /* files or streams read in one run */
};
#endif
