#pragma once
// Locks that the tools themselves made of our inputs (test/data/exchange), for tests.

#include <gtest/gtest.h>

#include <string>

#include "base/fs.h"
#include "exchange/exchange.h"

namespace pawl::exchange {

/// The directory of a sample, as the context of a lock in it.
inline Context sample_context(const std::string& sample, const std::string& file) {
    Context context;
    context.file = file;
    context.directory = PAWL_SOURCE_DIR "/test/data/exchange/" + sample;
    if (Result<std::string> text = fs::read(context.directory + "/pyproject.toml")) {
        context.pyproject = std::move(*text);
    }
    if (Result<std::string> text = fs::read(context.directory + "/Pipfile")) {
        context.pipfile = std::move(*text);
    }
    return context;
}

inline Document read_sample(Format format, const std::string& sample, const std::string& file) {
    Context context = sample_context(sample, file);
    Result<std::string> text = fs::read(context.directory + "/" + file);
    EXPECT_TRUE(text) << text.error().message;
    Result<Document> document = read(text.value_or(""), format, context);
    EXPECT_TRUE(document) << document.error().message;
    return document ? std::move(*document) : Document();
}

/// "main; group dev where sys_platform == "win32"".
inline std::string text_of(const std::vector<Membership>& memberships) {
    std::string text;
    for (const Membership& one : memberships) {
        text += (text.empty() ? "" : "; ") + one.selector.str();
        if (one.marker) {
            text += " where " + one.marker->str();
        }
    }
    return text;
}

/// "click 8.1.8: main where …", one line an entry, in order of name and version.
inline std::string memberships_text(const Document& document) {
    std::vector<std::string> lines;
    for (size_t i = 0; i < document.facts.size(); ++i) {
        lines.push_back(entry_name(document.lock.packages[i]) + ": " +
                        text_of(document.facts[i].memberships) + "\n");
    }
    std::ranges::sort(lines);
    std::string text;
    for (const std::string& line : lines) {
        text += line;
    }
    return text;
}

} // namespace pawl::exchange
