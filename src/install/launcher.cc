#include "install/launcher.h"

#include "base/text.h"

namespace pawl::install {

namespace {

/// Linux takes 255 bytes since 5.1 and 127 before; others less than that or more.
constexpr size_t first_line_bytes_max = 127;
constexpr size_t script_arguments_bytes_max = 64;

/// In single quotes for sh. A quote in the text ends, escapes and begins them again; three never
/// stand in a row, so that the whole can be inside a Python text in triple quotes.
std::string quote_for_shell(std::string_view text) {
    return "'" + replace_all(text, "'", "'\"'\"'") + "'";
}

} // namespace

Result<std::string> script_head(std::string_view executable, std::string_view arguments) {
    if (!is_utf8(executable) || executable.find('\\') != std::string_view::npos) {
        return fail(Error{Error::Kind::usage, "programs cannot be started from " +
                                                  printable(executable) +
                                                  ": the path is not UTF-8 or holds a backslash"}
                        .hint("choose another directory (--cache-dir, --target)"));
    }
    std::string tail = arguments.empty() ? "" : " " + std::string(arguments);
    std::string simple = "#!" + std::string(executable) + tail + "\n";
    bool is_simple = executable.find_first_of(" \t\n\r\"'$`") == std::string_view::npos;
    if (is_simple && simple.size() <= first_line_bytes_max) {
        return simple;
    }
    return "#!/bin/sh\n'''exec' " + quote_for_shell(executable) + tail + " \"$0\" \"$@\"\n' '''\n";
}

Result<std::string> launcher(const wheel::EntryPoint& point, std::string_view executable) {
    std::string head = TRY(script_head(executable));
    std::string first(point.object, 0, point.object.find('.'));
    return head + "import sys\nfrom " + point.module + " import " + first +
           "\nif __name__ == \"__main__\":\n    sys.exit(" + point.object + "())\n";
}

Result<std::optional<std::string>> rewrite_script(std::string_view content,
                                                  std::string_view executable) {
    constexpr std::string_view mark = "#!python";
    if (!content.starts_with(mark)) {
        return std::optional<std::string>();
    }
    size_t end = std::min(content.find('\n'), content.size());
    std::string_view rest = content.substr(mark.size(), end - mark.size());
    if (rest.starts_with('w')) {
        rest.remove_prefix(1);
    }
    bool is_mark = rest.empty() || is_space(rest.front());
    std::string_view arguments = trim(rest);
    for (char c : arguments) {
        // options of Python ("-u", "-E -s"); nothing that a shell or the kernel could read
        // otherwise
        is_mark = is_mark && (is_alnum(c) || c == '-' || c == ' ' || c == '=' || c == '_');
    }
    if (!is_mark || arguments.size() > script_arguments_bytes_max) {
        return fail(Error::Kind::refused,
                    "a script's first line is neither \"#!python\" nor a program's path: \"" +
                        printable(content.substr(0, std::min<size_t>(end, 200))) + "\"");
    }
    std::string head = TRY(script_head(executable, arguments));
    std::string_view body = end < content.size() ? content.substr(end + 1) : std::string_view();
    return std::optional(head + std::string(body));
}

} // namespace pawl::install
