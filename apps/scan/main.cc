// pawl-scan: prints what the import scanner finds, for tools/check_scanner.py and for measuring.
//
//   pawl-scan < list-of-files       pawl-scan --repeat 200 FILE
//
// With --repeat: "what<tab>microseconds", the best of so many. Else per file: "F path", then per
// import "I is_from level line column end_line end_column scope never_runs fallback_of marker
// module", per name "N line column end_line end_column name bound_as", all separated by tabs; or
// "E message".

#include <cstdio>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "script/lock_block.h"
#include "script/needs.h"
#include "script/scanner.h"

namespace {

using pawl::script::Import;
using pawl::script::ImportedName;
using pawl::script::Scan;
using pawl::script::Span;

void print_span(const Span& span) {
    std::printf("\t%u\t%u\t%u\t%u", span.begin.line, span.begin.column, span.end.line,
                span.end.column);
}

void print_scan(const Scan& scan) {
    for (const Import& import : scan.imports) {
        std::printf("I\t%d\t%u", import.is_from ? 1 : 0, import.level);
        print_span(import.span);
        std::printf("\t%d\t%d\t%d\t%s\t%s\n", static_cast<int>(import.scope),
                    import.never_runs ? 1 : 0, static_cast<int>(import.fallback_of),
                    import.marker.c_str(), import.module.c_str());
        for (const ImportedName& name : import.names) {
            std::printf("N");
            print_span(name.span);
            std::printf("\t%s\t%s\n", name.name.c_str(), name.bound_as.c_str());
        }
    }
}

void scan_file(const std::string& path) {
    std::printf("F\t%s\n", path.c_str());
    const auto bytes = pawl::fs::read(path);
    if (!bytes) {
        std::printf("E\t%s\n", bytes.error().message.c_str());
        return;
    }
    const auto scan = pawl::script::scan_imports(*bytes, path);
    if (!scan) {
        const std::string& message = scan.error().message;
        std::printf("E\t%s\n", message.substr(0, message.find('\n')).c_str());
        return;
    }
    print_scan(*scan);
}

/// The shortest of `count` runs, which is what the work itself takes.
template <class Work>
void measure(std::string_view what, uint64_t count, const Work& work) {
    int64_t best_ns = INT64_MAX;
    for (uint64_t i = 0; i < count; ++i) {
        const int64_t begin_ns = pawl::monotonic_ns();
        work();
        best_ns = std::min(best_ns, pawl::monotonic_ns() - begin_ns);
    }
    std::printf("%.*s\t%.1f\n", static_cast<int>(what.size()), what.data(),
                static_cast<double>(best_ns) / 1000);
}

/// "what<tab>microseconds" for the work that a script of this size makes.
int measure_file(const std::string& path, uint64_t count) {
    const auto bytes = pawl::fs::read(path);
    if (!bytes || !pawl::script::scan_imports(*bytes, path)) {
        std::printf("E\tcannot be read or scanned: %s\n", path.c_str());
        return 1;
    }
    pawl::script::NeedsOptions options;
    options.default_requires_python = ">=3.10";
    const auto sources = pawl::script::disk_sources();
    size_t seen = 0; // so that no work is left out as useless
    measure("scan", count,
            [&] { seen += pawl::script::scan_imports(*bytes, path)->imports.size(); });
    measure("inference", count, [&] {
        seen += pawl::script::needs_of(path, *bytes, options, *sources).has_value() ? 1U : 0U;
    });
    measure("find the lock", count,
            [&] { seen += pawl::script::find_lock_block(*bytes, path).has_value() ? 1U : 0U; });
    measure("read the file twice", count,
            [&] { seen += pawl::fs::read(path)->size() + pawl::fs::read(path)->size(); });
    return seen == 0 ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view(argv[1]) == "--repeat") {
        return measure_file(argv[3], pawl::parse_unsigned(argv[2]).value_or(1));
    }
    constexpr size_t path_bytes_max = 8192;
    char line[path_bytes_max];
    while (std::fgets(line, sizeof line, stdin) != nullptr) {
        scan_file(std::string(pawl::trim_right(line)));
    }
    return 0;
}
