// marker.parse, marker.eval; and marker.space, which is not in the corpus: the answer of the
// algebra and of the text that it writes (random_markers.py holds both against the library).

#include "handlers.h"
#include "pep/marker.h"
#include "pep/marker_space.h"
#include "pep/name.h"

namespace pawl::conformance {

Result<pep::MarkerEnvironment> environment_of(const Value& tables, std::string_view key) {
    const Value* all = tables.find("environments");
    const Value* values = all == nullptr ? nullptr : all->find(key);
    if (values == nullptr) {
        return fail(Error::Kind::usage, "the tables have no environment of this name");
    }
    auto text = [&](std::string_view name) {
        return std::string(values->string_at(name).value_or(""));
    };
    pep::MarkerEnvironment environment;
    environment.os_name = text("os_name");
    environment.sys_platform = text("sys_platform");
    environment.platform_system = text("platform_system");
    environment.platform_machine = text("platform_machine");
    environment.platform_python_implementation = text("platform_python_implementation");
    environment.platform_release = text("platform_release");
    environment.platform_version = text("platform_version");
    environment.implementation_name = text("implementation_name");
    environment.implementation_version = text("implementation_version");
    environment.python_version = text("python_version");
    environment.python_full_version = text("python_full_version");
    return environment;
}

namespace {

std::set<std::string> normalized(const std::vector<std::string_view>& names) {
    std::set<std::string> set;
    for (std::string_view name : names) {
        set.insert(pep::normalize_name(name));
    }
    return set;
}

Result<pep::MarkerContext> context_of(const Value& in) {
    pep::MarkerContext context;
    std::string_view kind = TRY(text_of(in, "context"));
    if (kind == "metadata") {
        context.extra = pep::normalize_name(TRY(text_of(in, "extra")));
    } else if (kind == "lock_file") {
        context.extras = normalized(TRY(texts_of(in, "extras")));
        context.dependency_groups = normalized(TRY(texts_of(in, "dependency_groups")));
    }
    return context;
}

Result<Value> parse(const Value& in) {
    auto marker = TRY(pep::Marker::parse(TRY(text_of(in, "s"))));
    return Value::object({{"str", marker.str()}});
}

Result<Value> ask_space(const Value& tables, const Value& in) {
    auto marker = TRY(pep::Marker::parse(TRY(text_of(in, "marker"))));
    auto environment = TRY(environment_of(tables, TRY(text_of(in, "env"))));
    auto context = TRY(context_of(in));
    pep::MarkerSpace space;
    pep::MarkerId id = space.from(marker);
    bool value = space.evaluate(id, environment, context);
    Value out = Value::object({{"value", value}});
    if (id == pep::MarkerId::never) {
        out.set("text_value", false);
        out.set("same", true);
        return out;
    }
    auto written = space.marker(id);
    std::string text = space.text(id);
    auto again = text.empty() ? Result<pep::Marker>(marker) : pep::Marker::parse(text);
    bool is_same = text.empty() ? id == pep::MarkerId::always : again && space.from(*again) == id;
    out.set("text", text);
    out.set("same", is_same);
    out.set("text_value", written ? TRY(written->evaluate(environment, context)) : true);
    return out;
}

} // namespace

void add_marker_handlers(Handlers& handlers) {
    handlers.add("marker.parse", parse);
    const Value* tables = &handlers.tables();
    handlers.add("marker.space", [tables](const Value& in) { return ask_space(*tables, in); });
    handlers.add("marker.eval", [tables](const Value& in) -> Result<Value> {
        auto marker = TRY(pep::Marker::parse(TRY(text_of(in, "marker"))));
        auto environment = TRY(environment_of(*tables, TRY(text_of(in, "env"))));
        auto context = TRY(context_of(in));
        bool holds = TRY(marker.evaluate(environment, context));
        return Value::object({{"value", holds}});
    });
}

} // namespace pawl::conformance
