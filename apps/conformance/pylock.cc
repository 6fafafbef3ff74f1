// pylock.validate, pylock.select, pylock.filename
//
// With the standard's rules and without build numbers, as the reference library has it; pawl itself
// reads with the strict rules and takes the highest build.

#include "handlers.h"
#include "lock/lock.h"

namespace pawl::conformance {

namespace {

/// The reference parser refuses a byte order mark; pawl skips it.
bool has_byte_order_mark(std::string_view text) {
    return text.starts_with("\xef\xbb\xbf");
}

Result<Value> validate(const Value& in) {
    const std::string text(TRY(text_of(in, "toml")));
    std::string where = has_byte_order_mark(text) ? "toml" : "";
    bool valid = where.empty();
    bool unsupported = false;
    if (valid) {
        for (const lock::Problem& problem : lock::validate(text, lock::Rules::standard)) {
            if (problem.severity == lock::Problem::Severity::error) {
                valid = false;
                where = problem.where;
                unsupported = problem.unsupported_version;
                break;
            }
        }
    }
    Value out;
    out.set("valid", valid);
    if (!valid) {
        out.set("where", where.empty() ? Value() : Value(where));
        out.set("unsupported_version", unsupported);
    }
    return out;
}

/// A list of names; nothing when the case has none.
Result<std::optional<std::set<std::string>>> names_of(const Value& in, std::string_view key) {
    const Value* value = in.find(key);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    std::set<std::string> names;
    for (std::string_view name : TRY(texts_of(in, key))) {
        names.emplace(name);
    }
    return std::optional(std::move(names));
}

Value selected(const lock::Package& package, const lock::Selection& selection) {
    static constexpr std::string_view kinds[] = {"vcs", "directory", "archive", "wheel", "sdist"};
    Value file;
    if (selection.kind == lock::Selection::Kind::wheel) {
        file = Value(package.wheels[selection.wheel].name);
    } else if (selection.kind == lock::Selection::Kind::sdist) {
        file = Value(package.sdist->name);
    }
    return Value::object({{"name", package.name.str()},
                          {"version", package.version ? Value(package.version->str()) : Value()},
                          {"kind", kinds[static_cast<size_t>(selection.kind)]},
                          {"file", std::move(file)}});
}

Result<Value> select(const Value& tables, const Value& in) {
    const auto read = TRY(lock::read(std::string(TRY(text_of(in, "toml"))), lock::Rules::standard));
    const Value::Array* key = in.array_at("tags");
    if (key == nullptr || key->size() != 3) {
        return fail(Error::Kind::usage, "the case has no tags");
    }
    const Value python =
        Value::object({{"python", (*key)[0]}, {"flavour", (*key)[1]}, {"platform", (*key)[2]}});
    const pep::TagSet tags(TRY(tags_of(tables, python)));
    auto environment = TRY(environment_of(tables, TRY(text_of(in, "env"))));
    const lock::Target target{.environment = std::move(environment), .tags = &tags};
    lock::Request request{.refuse_undeclared = false, .ignore_build_numbers = true};
    request.extras = TRY(names_of(in, "extras")).value_or(std::set<std::string>());
    request.dependency_groups = TRY(names_of(in, "dependency_groups"));
    Value install = Value::array();
    for (const lock::Selection& selection : TRY(lock::select(read.lock, target, request))) {
        install.push_back(selected(read.lock.packages[selection.package], selection));
    }
    return Value::object({{"install", std::move(install)}});
}

Result<Value> file_name(const Value& in) {
    auto name = TRY(text_of(in, "s"));
    return Value::object({{"valid", lock::is_lock_file_name(name)}});
}

} // namespace

void add_pylock_handlers(Handlers& handlers) {
    const Value* tables = &handlers.tables();
    handlers.add("pylock.validate", validate);
    handlers.add("pylock.select", [tables](const Value& in) { return select(*tables, in); });
    handlers.add("pylock.filename", file_name);
}

} // namespace pawl::conformance
