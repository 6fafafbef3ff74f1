#pragma once
// Wheels made from a few words, for tests.

#include <map>
#include <string>

#include "archive/zip_writer.h"
#include "base/check.h"
#include "base/sha256.h"
#include "base/text.h"
#include "wheel/record.h"

namespace pawl::wheel {

/// What a test says of a wheel: path → content; METADATA, WHEEL and RECORD are added.
struct WheelText {
    std::string name = "demo";
    std::string version = "1.0";
    std::map<std::string, std::string> files;
    std::string entry_points;
    bool purelib = true;
    std::string requires_lines; ///< more lines of METADATA

    std::string dist_info() const {
        return replace_all(name, "-", "_") + "-" + version + ".dist-info";
    }
    std::string file_name() const {
        return replace_all(name, "-", "_") + "-" + version + "-py3-none-any.whl";
    }
    std::string bytes() const {
        std::map<std::string, std::string> all = files;
        all[dist_info() + "/METADATA"] = "Metadata-Version: 2.1\nName: " + name +
                                         "\nVersion: " + version + "\n" + requires_lines;
        all[dist_info() + "/WHEEL"] = std::string("Wheel-Version: 1.0\nGenerator: test\n") +
                                      "Root-Is-Purelib: " + (purelib ? "true" : "false") +
                                      "\nTag: py3-none-any\n";
        if (!entry_points.empty()) {
            all[dist_info() + "/entry_points.txt"] = entry_points;
        }
        std::string record;
        archive::ZipWriter zip;
        for (const auto& [path, content] : all) {
            append_record_row(record, path, Sha256::of(content), content.size());
            bool is_executable = path.find("/scripts/") != std::string::npos;
            check(zip.add(path, content, {.is_executable = is_executable}).has_value());
        }
        check(zip.add(dist_info() + "/RECORD", record + dist_info() + "/RECORD,,\n").has_value());
        return zip.finish();
    }
};

} // namespace pawl::wheel
