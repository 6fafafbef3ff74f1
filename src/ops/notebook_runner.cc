#include "ops/notebook_runner.h"

#include "text/json.h"

namespace pawl::ops {

namespace {

// What the cells see of it is `__pawl__` and, where there is no IPython, `display`.
constexpr std::string_view runner = R"python(
def __pawl__(path, cells):
    import os
    import sys

    space = sys.modules["__main__"].__dict__
    runner = space.pop("__file__", "")
    sys.argv[0] = path
    sys.path[0] = os.path.dirname(path)

    def expand(text):
        """IPython's $name and {expression}; what is neither stays for the shell."""
        import re

        def value(match):
            name, code = match["name"], match["code"]
            if match[0] == "$$":
                return "$"
            try:
                return str(space[name] if name else eval(code, space))
            except Exception:
                return match[0]

        return re.sub(r"\$\$|\$(?P<name>[^\W\d]\w*)|\{(?P<code>[^{}]+)\}", value, text)

    def run(*words, **options):
        import subprocess

        sys.stdout.flush()
        sys.stderr.flush()
        return subprocess.run(*words, **options)

    class Notebook:
        """What IPython's own lines in the cells have become."""

        def shell(self, command):
            run(expand(command), shell=True)

        def output(self, command):
            return run(expand(command), shell=True, stdout=-1, text=True).stdout.splitlines()

        def script(self, program, text):
            import shlex

            run(shlex.split(program), input=text, text=True, check=True)

        def write(self, path, text, is_appended):
            with open(expand(path), "a" if is_appended else "w") as file:
                file.write(text)

        def cd(self, path):
            os.chdir(os.path.expanduser(expand(path.strip("\"'")) or "~"))

        def env(self, text):
            name, _, value = text.replace("=", " ", 1).partition(" ")
            if value.strip():
                os.environ[name] = expand(value.strip())
            return os.environ.get(name) if name else dict(os.environ)

    def hook(kind, error, trace):
        import linecache
        import traceback

        for name, shown, _ in cells:
            linecache.cache[name] = (len(shown), None, shown.splitlines(True), name)
        while trace is not None and trace.tb_frame.f_code.co_filename == runner:
            trace = trace.tb_next
        traceback.print_exception(kind, error, trace)

    def future_flags():
        import __future__ as future

        return sum(getattr(future, name).compiler_flag for name in future.all_feature_names)

    space["__pawl__"] = Notebook()
    space.setdefault("display", lambda *objects, **_: print(*objects))
    sys.excepthook = hook
    top_level_await, coroutine, flags, loop = 0x2000, 0x80, 0, None
    for name, shown, code in cells:
        cell = compile(code or shown, name, "exec", flags | top_level_await, True)
        if "__future__" in shown:
            flags |= cell.co_flags & future_flags()
        result = eval(cell, space)
        if cell.co_flags & coroutine:
            import asyncio

            loop = loop or asyncio.new_event_loop()
            loop.run_until_complete(result)


)python";

} // namespace

std::string notebook_runner(const script::Notebook& notebook, std::string_view path) {
    std::string text = "# Made by pawl from a notebook: its cells of code, run in order.\n";
    text += runner.substr(1);
    text += "__pawl__(";
    text::append_json_string(text, path);
    text += ", [\n";
    for (const script::NotebookCell& cell : notebook.cells) {
        text += "    (";
        text::append_json_string(text, notebook.cell_name(cell));
        text += ", ";
        text::append_json_string(text, cell.shown);
        text += ", ";
        // Most cells are plain: their code is not said twice.
        bool is_plain = cell.code == cell.shown || cell.code == cell.shown + "\n";
        text::append_json_string(text, is_plain ? std::string_view() : cell.code);
        text += "),\n";
    }
    return text + "])\n";
}

} // namespace pawl::ops
