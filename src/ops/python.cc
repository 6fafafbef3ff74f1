#include "ops/python.h"

#include "base/text.h"
#include "text/json.h"

namespace pawl::ops {

Result<> list_pythons(bool json, Services& services) {
    std::vector<python::Found> all = TRY(python::list(services.surroundings()));
    text::Value list = text::Value::array();
    std::string text;
    for (const python::Found& found : all) {
        text::Value one = text::Value::object({{"path", found.candidate.executable},
                                               {"source", source_name(found.candidate.source)}});
        std::string description = printable(found.candidate.executable);
        if (found.interpreter) {
            const python::Interpreter& interpreter = *found.interpreter;
            one.set("version", interpreter.version.str());
            one.set("implementation", interpreter.implementation);
            one.set("free_threaded", interpreter.is_free_threaded);
            one.set("supported", interpreter.is_supported());
            description = interpreter.describe();
        }
        if (!found.note.empty()) {
            one.set("note", found.note);
            description += "  [" + printable(found.note) + "]";
        }
        text += description + "\n";
        list.push_back(std::move(one));
    }
    services.terminal().out(json ? text::to_json(list, {.indent = 2}) + "\n" : text);
    return {};
}

Result<> find_python(const std::string& request, Services& services) {
    const std::string& asked = request.empty() ? services.settings().python : request;
    python::Interpreter found = TRY(python::find(TRY(python::Request::parse(asked)),
                                                 pep::Specifiers(), services.surroundings()));
    services.terminal().out(found.executable + "\n");
    return {};
}

} // namespace pawl::ops
