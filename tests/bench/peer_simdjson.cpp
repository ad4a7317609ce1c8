// SPDX-License-Identifier: Apache-2.0
// bench links: simdjson
// simdjson alone on NDJSON: each document opened, its first-level members walked on demand, strings
// unescaped and numbers parsed, nothing kept. The peer of decoding commerce events. Reads the file
// that it is given.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <simdjson.h>

static bool take(simdjson::ondemand::value value)
{
    simdjson::ondemand::json_type type;
    std::string_view text;
    double number;
    if (value.type().get(type))
        return false;
    if (type == simdjson::ondemand::json_type::string)
        return !value.get_string().get(text);
    return type != simdjson::ondemand::json_type::number || !value.get_double().get(number);
}

static size_t walk(simdjson::ondemand::parser &parser, const simdjson::padded_string &bytes)
{
    size_t members = 0;
    simdjson::ondemand::document_stream documents;
    if (parser.iterate_many(bytes).get(documents))
        return 0;
    for (auto document : documents) {
        simdjson::ondemand::object object;
        if (document.get_object().get(object))
            continue;
        for (auto field : object) {
            simdjson::ondemand::value value;
            if (!field.value().get(value) && take(value))
                members++;
        }
    }
    return members;
}

int main(int argc, char **argv)
{
    simdjson::padded_string bytes;
    if (argc < 2 || simdjson::padded_string::load(argv[1]).get(bytes))
        return 3;
    simdjson::ondemand::parser parser;
    double best = 1e9;
    size_t members = 0;
    for (int round = 0; round < 6; round++) {
        auto began = std::chrono::steady_clock::now();
        members = walk(parser, bytes);
        std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        best = took.count() < best ? took.count() : best;
    }
    std::printf("peer.simdjson\t%.3f\tGB/s\n", double(bytes.size()) / best / 1e9);
    return members < 3 * size_t(std::count(bytes.data(), bytes.data() + bytes.size(), '\n'));
}
