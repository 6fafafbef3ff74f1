#include "script/python2_names.h"

#include <algorithm>

namespace pawl::script {
namespace {

struct Renamed {
    std::string_view before, after;
};
// Sorted by the old name.
constexpr Renamed renamed[] = {
    {"BaseHTTPServer", "http.server"},
    {"CGIHTTPServer", "http.server"},
    {"ConfigParser", "configparser"},
    {"Cookie", "http.cookies"},
    {"Dialog", "tkinter.dialog"},
    {"DocXMLRPCServer", "xmlrpc.server"},
    {"FileDialog", "tkinter.filedialog"},
    {"HTMLParser", "html.parser"},
    {"Queue", "queue"},
    {"ScrolledText", "tkinter.scrolledtext"},
    {"SimpleDialog", "tkinter.simpledialog"},
    {"SimpleHTTPServer", "http.server"},
    {"SimpleXMLRPCServer", "xmlrpc.server"},
    {"SocketServer", "socketserver"},
    {"StringIO", "io"},
    {"Tix", "tkinter.tix"},
    {"Tkinter", "tkinter"},
    {"UserDict", "collections"},
    {"UserList", "collections"},
    {"UserString", "collections"},
    {"__builtin__", "builtins"},
    {"_winreg", "winreg"},
    {"anydbm", "dbm"},
    {"cPickle", "pickle"},
    {"cStringIO", "io"},
    {"commands", "subprocess"},
    {"cookielib", "http.cookiejar"},
    {"copy_reg", "copyreg"},
    {"dbhash", "dbm"},
    {"dumbdbm", "dbm.dumb"},
    {"dummy_thread", "_dummy_thread"},
    {"exceptions", "builtins"},
    {"htmlentitydefs", "html.entities"},
    {"httplib", "http.client"},
    {"markupbase", "_markupbase"},
    {"md5", "hashlib"},
    {"popen2", "subprocess"},
    {"repr", "reprlib"},
    {"robotparser", "urllib.robotparser"},
    {"sets", "builtins"},
    {"sha", "hashlib"},
    {"thread", "_thread"},
    {"tkColorChooser", "tkinter.colorchooser"},
    {"tkCommonDialog", "tkinter.commondialog"},
    {"tkFileDialog", "tkinter.filedialog"},
    {"tkFont", "tkinter.font"},
    {"tkMessageBox", "tkinter.messagebox"},
    {"tkSimpleDialog", "tkinter.simpledialog"},
    {"ttk", "tkinter.ttk"},
    {"urllib2", "urllib.request"},
    {"urlparse", "urllib.parse"},
    {"whichdb", "dbm"},
    {"xmlrpclib", "xmlrpc.client"},
};

struct Arrival {
    std::string_view module, name;
    unsigned minor;
};
// What people import in a `try` with a project's backport in its handler ("What's New").
constexpr Arrival arrivals[] = {
    {"asyncio", "Runner", 11},
    {"asyncio", "TaskGroup", 11},
    {"asyncio", "timeout", 11},
    {"asyncio", "to_thread", 9},
    {"collections.abc", "Buffer", 12},
    {"contextlib", "aclosing", 10},
    {"contextlib", "chdir", 11},
    {"datetime", "UTC", 11},
    {"enum", "StrEnum", 11},
    {"enum", "member", 11},
    {"enum", "verify", 11},
    {"functools", "cache", 9},
    {"importlib.resources", "as_file", 9},
    {"importlib.resources", "files", 9},
    {"inspect", "get_annotations", 10},
    {"itertools", "batched", 12},
    {"itertools", "pairwise", 10},
    {"math", "lcm", 9},
    {"types", "EllipsisType", 10},
    {"types", "GenericAlias", 9},
    {"types", "NoneType", 10},
    {"types", "NotImplementedType", 10},
    {"types", "UnionType", 10},
    {"typing", "Annotated", 9},
    {"typing", "Concatenate", 10},
    {"typing", "LiteralString", 11},
    {"typing", "Never", 11},
    {"typing", "NoDefault", 13},
    {"typing", "NotRequired", 11},
    {"typing", "ParamSpec", 10},
    {"typing", "ParamSpecArgs", 10},
    {"typing", "ParamSpecKwargs", 10},
    {"typing", "ReadOnly", 13},
    {"typing", "Required", 11},
    {"typing", "Self", 11},
    {"typing", "TypeAlias", 10},
    {"typing", "TypeAliasType", 12},
    {"typing", "TypeGuard", 10},
    {"typing", "TypeIs", 13},
    {"typing", "TypeVarTuple", 11},
    {"typing", "Unpack", 11},
    {"typing", "assert_never", 11},
    {"typing", "assert_type", 11},
    {"typing", "dataclass_transform", 11},
    {"typing", "get_protocol_members", 13},
    {"typing", "is_protocol", 13},
    {"typing", "is_typeddict", 10},
    {"typing", "override", 12},
    {"typing", "reveal_type", 11},
    {"warnings", "deprecated", 13},
};

} // namespace

std::string_view python3_name(std::string_view python2_module) {
    const auto row = std::ranges::lower_bound(renamed, python2_module, {}, &Renamed::before);
    const bool is_found = row != std::end(renamed) && row->before == python2_module;
    return is_found ? row->after : std::string_view();
}

MinorSet minors_with_name(std::string_view module, std::string_view name) {
    for (const Arrival& arrival : arrivals) {
        if (arrival.module == module && arrival.name == name) {
            return static_cast<MinorSet>(every_minor << (arrival.minor - stdlib_minor_min));
        }
    }
    return every_minor;
}

} // namespace pawl::script
