#include "script/scanner.h"

#include <gtest/gtest.h>

namespace pawl::script {
namespace {

Scan scan(std::string_view text) {
    auto result = scan_imports(text, "s.py");
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : Scan{};
}

/// Every import as "module.name@line:column" with what inference looks at, in one line of text.
std::string shown(const Scan& found) {
    std::string text;
    for (const Import& import : found.imports) {
        for (const ImportedName& name : import.names) {
            text += text.empty() ? "" : " ";
            text += std::string(import.level, '.') + import.module;
            text += import.is_from ? "(" + name.name + ")" : name.name;
            text += import.scope == ImportScope::function     ? "/f"
                    : import.scope == ImportScope::class_body ? "/c"
                                                              : "";
            text += import.never_runs ? "!" : "";
            text += import.is_guarded ? "?" : "";
            text += import.fallback_of != no_index ? "<" + std::to_string(import.fallback_of) : "";
            text += import.marker.empty() ? "" : "{" + import.marker + "}";
        }
    }
    return text;
}

struct Case {
    std::string_view text, imports;
};

TEST(Scanner, finds_every_form_of_import) {
    const Case cases[] = {
        {"import a", "a"},
        {"import a, b.c as d\n", "a b.c"},
        {"import a . b \\\n  . c\n", "a.b.c"},
        {"from a import b, c as d\n", "a(b) a(c)"},
        {"from a import *\n", "a(*)"},
        {"from . import a\nfrom .. import b\nfrom ... import c\nfrom .... import d\n",
         ".(a) ..(b) ...(c) ....(d)"},
        {"from .a.b import c\n", ".a.b(c)"},
        {"from . . a import b\n", "..a(b)"},
        {"from a import (\n    b,  # why\n    c as d,\n)\n", "a(b) a(c)"},
        {"import a; import b\n", "a b"},
        {"x = 1; from a import b; y = 2\n", "a(b)"},
        {"lazy import a\nlazy from b import c\nlazy = 1\nlazy.x\n", "a b(c)"},
        {"\f\nimport a\n  \f\nimport b\n", "a b"},
        {"import a\r\nimport b\rimport c\n", "a b c"},
        {"\xef\xbb\xbfimport a\n", "a"},
        {"yield_ = [x\nfor x in y\nif x]\nimport a\n", "a"},
        {"def f():\n    yield\n    raise X from None\nimport a\n", "a"},
        {"", ""},
        {"# only a comment", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(shown(scan(c.text)), c.imports);
    }
}

TEST(Scanner, what_stands_in_strings_and_comments_is_no_import) {
    const Case cases[] = {
        {"'''\nimport a\n'''\nimport b\n", "b"},
        {"x = 'import a'  # import c\nimport b\n", "b"},
        {"x = 'it\\'s' \"\"\"import a\n\"\"\" 'x'\nimport b\n", "b"},
        {"x = r'\\'\nimport b\n",
         ""}, // in a raw string, too, a backslash keeps the quote from ending it
        {"x = (\n'import a'\n)\nimport b\n", "b"},
        {"x = f'{a['import']}{b!r:>{w}}{{}}'\nimport b\n", "b"},
        {"x = f'{'\\n'.join(f\"{y:{'x'}}\" for y in z)}'\nimport b\n", "b"},
        {"x = f'''{\n  a  # }\n}'''\nimport b\n", "b"},
        {"x = t'{a}' f'\\N{BULLET}{x}'\nimport b\n", "b"},
        {"x = f'{a if\"b\"else\"c\"}'\nimport b\n", "b"},
        {"x = rf'\\{a}' Rb'\\''\nimport b\n", "b"},
        {"x = f'{x:%H:%M}' f'{lambda_}' f'{a!=b}'\nimport b\n", "b"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        const auto result = scan_imports(c.text, "s.py");
        if (c.imports.empty()) {
            EXPECT_FALSE(result);
            continue;
        }
        EXPECT_EQ(shown(scan(c.text)), c.imports);
    }
}

TEST(Scanner, scopes_follow_functions_and_classes_through_blocks) {
    const Case cases[] = {
        {"def f():\n    import a\nimport b\n", "a/f b"},
        {"class C:\n    import a\n    def f(self):\n        import b\n", "a/c b/f"},
        {"def f():\n    class C:\n        import a\n", "a/f"},
        {"if x:\n    import a\nelif y:\n    import b\nelse:\n    import c\n", "a b c"},
        {"for x in y:\n    import a\nelse:\n    import b\nwhile x: import c\n", "a b c"},
        {"with open(x) as f, y:\n    import a\n", "a"},
        {"async def f():\n    async with x:\n        import a\n", "a/f"},
        {"def f(a: int = (1, 2), *, b) -> lambda: x: import c\nimport d\n", "c/f d"},
        {"if x: import a; import b\nimport c\n", "a b c"},
        {"class C(x[1:2], metaclass=M): import a\n", "a/c"},
        {"match x:\n    case [1, *_]:\n        import a\n    case {'k': v} if v: import b\nimport "
         "c\n",
         "a b c"},
        {"match = 1\nmatch[0]: int = 2\nprint(match)\nimport a\n", "a"},
        {"@decorator\ndef f():\n    if x:\n        import a\n\n# a comment at column 0\n\n    "
         "import b\n",
         "a/f b/f"},
        {"try:\n    pass\nfinally:\n    import a\n", "a"},
        {"if x:\n\timport a\n\tif y:\n\t\timport b\nimport c\n", "a b c"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(shown(scan(c.text)), c.imports);
    }
}

TEST(Scanner, knows_which_imports_never_run_stand_in_or_are_guarded) {
    const Case cases[] = {
        {"if TYPE_CHECKING:\n    import a\nelse:\n    import b\n", "a! b"},
        {"if typing.TYPE_CHECKING: import a\n", "a!"},
        {"if not t.TYPE_CHECKING:\n    import a\nelse:\n    import b\n", "a b!"},
        {"if TYPE_CHECKING or x:\n    import a\n", "a"},
        {"if TYPE_CHECKING and x:\n    import a\n", "a!"},
        {"if False:\n    import a\n", "a!"},
        {"try:\n    import a\nexcept ImportError:\n    import b\n", "a? b<0"},
        {"try:\n    import a\nexcept (ImportError, OSError) as e:\n    import b\n", "a? b<0"},
        {"try:\n    import a\nexcept:\n    import b\n", "a? b<0"},
        {"try:\n    import a\nexcept ValueError:\n    import b\n", "a b"},
        {"try:\n    x\nexcept ImportError:\n    import b\n", "b"},
        {"try:\n    import a\nexcept ImportError:\n    try:\n        import b\n"
         "    except ImportError:\n        import c\n",
         "a? b?<0 c<1"},
        {"try:\n    import a\nexcept ImportError:\n    pass\nelse:\n    import b\n", "a? b"},
        {"try:\n    if x:\n        import a\nexcept ImportError:\n    import b\n", "a? b<0"},
        {"try:\n    def f():\n        import a\nexcept ImportError:\n    import b\n", "a/f b"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(shown(scan(c.text)), c.imports);
    }
}

TEST(Scanner, conditions_on_version_and_platform_become_markers) {
    const Case cases[] = {
        {"if sys.version_info >= (3, 11):\n    import a\nelse:\n    import b\n",
         "a{python_version >= \"3.11\"} b{python_version < \"3.11\"}"},
        {"if sys.platform == 'win32':\n    import a\nelif os.name == 'nt':\n    import b\n"
         "else:\n    import c\n",
         "a{sys_platform == \"win32\"} b{os_name == \"nt\" and sys_platform != \"win32\"} "
         "c{sys_platform != \"win32\" and os_name != \"nt\"}"},
        {"if sys.version_info[0] == 2:\n    import a\nelse:\n    import b\n", "a! b"},
        {"if x and sys.platform.startswith('linux'):\n    import a\nelse:\n    import b\n",
         "a{sys_platform == \"linux\"} b"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(shown(scan(c.text)), c.imports);
    }
}

TEST(Scanner, gives_places_as_ast_does) {
    const Scan found = scan("\xc3\xa9 = 1; import a . b as c, d  # note\n"
                            "from x import (  # first\n"
                            "    y,\n"
                            "    z as w,\n"
                            ")\n");
    ASSERT_EQ(found.imports.size(), 2U);
    const Import& first = found.imports[0];
    EXPECT_EQ(first.span, (Span{{1, 8}, {1, 28}})); // columns count bytes of UTF-8
    EXPECT_EQ(first.names[0].span, (Span{{1, 15}, {1, 25}}));
    EXPECT_EQ(first.names[1].span, (Span{{1, 27}, {1, 28}}));
    EXPECT_EQ(first.names[0].bound_as, "c");
    EXPECT_EQ(first.comment, "# note");
    EXPECT_EQ(first.comment_at, (Position{1, 30}));
    const Import& second = found.imports[1];
    EXPECT_EQ(second.span, (Span{{2, 0}, {5, 1}}));
    EXPECT_EQ(second.names[1].span, (Span{{4, 4}, {4, 10}}));
    EXPECT_EQ(second.comment, "");
}

TEST(Scanner, finds_the_line_of_main_at_column_0_only) {
    EXPECT_EQ(scan("import a\nasync def main(x):\n    pass\n").main_line, 2U);
    EXPECT_EQ(scan("if x:\n    def main(): pass\n").main_line, 0U);
    EXPECT_EQ(scan("x = 'def main():'\ndef maine(): pass\n").main_line, 0U);
}

struct BadCase {
    std::string_view text, error;
};

TEST(Scanner, says_where_and_why_a_file_is_not_python) {
    const BadCase cases[] = {
        {"import", "s.py:1:7: Expected one or more names after 'import'"},
        {"import a-b\n", "s.py:1:9: invalid syntax"},
        {"import a.\n", "s.py:1:10: invalid syntax"},
        {"import class\n", "s.py:1:8: invalid syntax"},
        {"from a import b,\n", "s.py:1:17: trailing comma not allowed"},
        {"from a import (b\nx = 1\n", "s.py:1:15: '(' was never closed"},
        {"from import a\n", "s.py:1:6: invalid syntax"},
        {"x = 'abc\n", "s.py:1:5: unterminated string literal (detected at line 1)"},
        {"x = '''abc\n\n",
         "s.py:1:5: unterminated triple-quoted string literal (detected at line 3)"},
        {"x = (1,\ny = 2\n", "s.py:1:5: '(' was never closed"},
        {"x = [1, 2\n", "s.py:1:5: '[' was never closed"},
        {"x = (1]\n", "s.py:1:7: closing parenthesis ']' does not match opening parenthesis '('"},
        {"x = 1)\n", "s.py:1:6: unmatched ')'"},
        {"x = 1\n  y = 2\n", "s.py:2:3: unexpected indent"},
        {"if x:\n    a\n  b\n", "s.py:3:3: unindent does not match any outer indentation level"},
        {"if x:\ny\n", "s.py:2:1: expected an indented block after 'if' statement on line 1"},
        {"def f():\n", "s.py:2:1: expected an indented block after function definition on line 1"},
        {"if x:\n\ta\n        b\n", "s.py:3:9: inconsistent use of tabs and spaces"},
        {"if x\n    y\n", "s.py:1:5: expected ':'"},
        {"def f(:\n    pass\n", "s.py:1:7: invalid syntax"},
        {"class :\n    pass\n", "s.py:1:7: invalid syntax"},
        {"print 'hello'\n", "s.py:1:1: Missing parentheses in call to 'print'"},
        {"x = = 1\n", "s.py:1:5: invalid syntax"},
        {"x = 1 +\n", "s.py:1:8: invalid syntax"},
        {"foo bar\n", "s.py:1:5: invalid syntax"},
        {"f(a b)\n", "s.py:1:5: invalid syntax. Perhaps you forgot a comma?"},
        {"if x = 1:\n    pass\n", "s.py:1:6: invalid syntax. Maybe you meant '=='"},
        {"x = 0777\n", "s.py:1:5: leading zeros in decimal integer literals"},
        {"x = 12abc\n", "s.py:1:6: invalid decimal literal"},
        {"x = a if b\n", "s.py:1:10: expected 'else' after 'if' expression"},
        {"x = a else b\n", "s.py:1:7: invalid syntax"},
        {"else:\n    pass\n", "s.py:1:1: invalid syntax"},
        {"try:\n    pass\nx = 1\n", "s.py:3:1: expected 'except' or 'finally' block"},
        {"x = \xe2\x80\x9chello\xe2\x80\x9d\n",
         "s.py:1:5: invalid character '\xe2\x80\x9c' (U+201C)"},
        {"x\xc2\xa0= 1\n", "s.py:1:2: invalid non-printable character U+00A0"},
        {"x = 1 \\ \n", "s.py:1:8: unexpected character after line continuation character"},
        {"x = f'{a'\n", "s.py:1:9: unterminated string literal"},
        {"x = f'{}'\n", "s.py:1:8: f-string: valid expression required before '}'"},
        {"x = f'}'\n", "s.py:1:7: f-string: single '}' is not allowed"},
        {"\xc3\xa9\xc3\xa9 = = 1\n", "s.py:1:6: invalid syntax"}, // characters, not bytes
        {"return return\n", "s.py:1:8: invalid syntax"},
        {"x = $\n", "s.py:1:5: invalid syntax"},
        {"for x on y:\n    pass\n", "s.py:1:7: invalid syntax"},
        {"while True print(1)\n", "s.py:1:12: invalid syntax"},
        {"async x = 1\n", "s.py:1:7: invalid syntax"},
    };
    for (const BadCase& c : cases) {
        SCOPED_TRACE(c.text);
        const auto result = scan_imports(c.text, "s.py");
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, Error::Kind::input);
        EXPECT_EQ(result.error().message.substr(0, c.error.size()), c.error);
    }
}

TEST(Scanner, takes_what_the_grammar_takes) {
    const std::string_view texts[] = {
        "x = [*a, *b]\nf(*a, **b, c=1)\nprint(*a, sep='')\n",
        "def f(a, /, b, *, c=1, **d) -> int: return a, *b\n",
        "lambda a, *b, c=lambda: 1, **d: (yield)\nlambda *, k: k\nlambda: 0\n",
        "f(lambda a, **b: g(a, **b), c)\nf(lambda a=1, *b: a, c)\n",
        "x[1:2, ::3, :, ...]\nx[:, None]\nx[a:=1]\n",
        "a, = b\n*a, b = c\nfor x, in y: pass\nfor x in *a, b: pass\n",
        "x: int\nx: int = 1\nself.x: 'y' = 2\nx = y = z\nx += 1\n",
        "if (n := 10) > 5: pass\nwhile x := f(): pass\n",
        "not a\na not in b\na is not b\nnot not a\n-a ** -b\n~a @ b\n",
        "{**a, 'b': 1, **c}\n{*a, b}\n{a: b for a, b in c if d if e}\n{}\n",
        "[x async for x in y]\n[x for x in y if (a if b else c)]\n(x for x in y)\n",
        "try:\n    pass\nexcept* (A, B) as e:\n    pass\nelse:\n    pass\nfinally:\n    pass\n",
        "try: pass\nexcept A, B: pass\n",
        "with (open(a) as b, open(c) as d,): pass\nwith (yield): pass\n",
        "type X = int\ntype X[T: int = str, *Ts, **P] = dict[T]\ntype = 1\ntype(x)\n",
        "def f[T: (int, str) = int, *Ts](x: T): pass\nclass A[T](B): pass\n",
        "match x, y:\n    case (1 | 2) as z: pass\n    case A(b=1, c=[_]): pass\n    case -1: "
        "pass\n"
        "    case 'a' 'b': pass\n    case {'x': 1, **rest}: pass\n    case _ if a if b else c: "
        "pass\n",
        "match -x:\n    case _: pass\nmatch (x):\n    case _: pass\nmatch [a]:\n    case _: pass\n"
        "match {}:\n    case _: pass\nmatch not x:\n    case _: pass\nmatch *a, b:\n    case _: "
        "pass\n",
        "match(x)\nmatch.y\nmatch = case = 1\ncase[0]\nmatch * x\nmatch - 1\n",
        "@a.b[c](d)\n@(yield_)\nclass X: pass\n",
        "x = yield\nx = yield from y\nawait_ = 1\nglobal a, b\ndel a, b[0]\nassert a, 'b'\n",
        "raise A from B\nraise\nreturn_ = 1\n",
        "1if x else 2\n0xfor x in y\n"
        "1_000.0e-5j\n0b1_0\n00_0\n.5\n5.\n1.real\n1..real\n"
        "0xfFor 1\n",
        "print >>f, 'x'\nexec(x)\nprint(f'{x!r:^{w}.{p}}')\n",
        "if x:\n    pass;\nif y: pass; pass\n",
        "x = (  # comment\n    1,\n\n  2\n)\nx = a \\\n  + b\n",
    };
    for (const std::string_view text : texts) {
        SCOPED_TRACE(text);
        const bool is_odd = text.starts_with("1if"); // `0xfor` is 0xf and `or`
        const auto result =
            scan_imports(is_odd ? "1if x else 2\n0xfor 1\n1_000.0e-5j\n" : text, "s.py");
        EXPECT_TRUE(result) << (result ? "" : result.error().message);
    }
}

TEST(Scanner, reads_the_declared_encoding) {
    const Scan latin = scan("# -*- coding: latin-1 -*-\nx = '\xe9'; import a\n");
    ASSERT_EQ(latin.imports.size(), 1U);
    EXPECT_EQ(latin.imports[0].span.begin.column, 10U); // é is two bytes of UTF-8
    EXPECT_EQ(
        shown(scan("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'\nimport a\n")),
        "a");
    EXPECT_EQ(shown(scan("# coding: shift_jis\nx = '\x83\x5c'\nimport a\n")), "a");
    const BadCase cases[] = {
        {"x = '\xe9'\n", "s.py:1:6: bytes that are no UTF-8"},
        {"# coding: nonsense\n", "s.py:1:1: unknown encoding: nonsense"},
        {"# coding: utf-16\n", "s.py:1:1: unknown encoding: utf-16"},
        {"\xef\xbb\xbf# coding: latin-1\n", "s.py:1:1: encoding problem: latin-1 with a BOM"},
        {"\n\n# coding: nonsense\nimport \xe9\n", "s.py:4:8: bytes that are no UTF-8"},
    };
    for (const BadCase& c : cases) {
        SCOPED_TRACE(c.text);
        const auto result = scan_imports(c.text, "s.py");
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message.substr(0, c.error.size()), c.error);
    }
    const auto with_null = scan_imports(std::string_view("import a\nx = '\0'\n", 17), "s.py");
    ASSERT_FALSE(with_null);
    EXPECT_EQ(with_null.error().message, "s.py:2:6: source code cannot contain null bytes");
}

TEST(Scanner, nesting_is_bounded) {
    const std::string brackets(100'000, '(');
    EXPECT_FALSE(scan_imports(brackets, "s.py"));
    std::string strings = "x = ";
    for (int i = 0; i < 10'000; ++i) {
        strings += "f'{";
    }
    EXPECT_FALSE(scan_imports(strings, "s.py"));
    std::string deep;
    for (size_t i = 0; i < 2'000; ++i) {
        deep += std::string(i, ' ') + "if x:\n";
    }
    EXPECT_FALSE(scan_imports(deep, "s.py"));
    std::string chain = "if x: pass\n";
    for (int i = 0; i < 20'000; ++i) {
        chain += "elif x: import a\n";
    }
    EXPECT_TRUE(scan_imports(chain, "s.py"));
}

TEST(Scanner, takes_any_bytes_without_harm) {
    // Every prefix of a text with everything in it, and every single byte changed.
    const std::string text =
        "# coding: utf-8\nfrom a.b import (c as d,\n  e)\nx = f'{a!r:{b}}' + '''\n'''\n"
        "class A:\n\tdef f(self):\n\t\timport g; lambda: [1, {2: 3}]\n";
    for (size_t size = 0; size < text.size(); ++size) {
        (void)scan_imports(std::string_view(text).substr(0, size), "s.py");
        for (const char byte : {'\0', '(', '"', '\'', '\\', '\n', '{', '\xff', ':', ' '}) {
            std::string changed = text;
            changed[size] = byte;
            (void)scan_imports(changed, "s.py");
        }
    }
}

} // namespace
} // namespace pawl::script
