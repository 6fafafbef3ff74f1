// metadata.raw, metadata.validate

#include <algorithm>
#include <set>

#include "handlers.h"
#include "pep/metadata_validation.h"

namespace pawl::conformance {

namespace {

Value list_of(const std::vector<std::string>& texts) {
    Value list = Value::array();
    for (const std::string& text : texts) {
        list.push_back(text);
    }
    return list;
}

Value value_of(const pep::MetadataField& field, const pep::SortedMetadata::Entry& entry) {
    switch (field.shape) {
    case pep::MetadataField::Shape::single:
        return entry.values.front();
    case pep::MetadataField::Shape::list:
    case pep::MetadataField::Shape::keywords:
        return list_of(entry.values);
    case pep::MetadataField::Shape::urls:
        break;
    }
    Value urls = Value::object();
    for (const auto& [label, url] : entry.urls) {
        urls.set(label, url);
    }
    return urls;
}

Result<Value> raw(const Value& in) {
    auto metadata = TRY(pep::RawMetadata::parse(TRY(text_of(in, "text"))));
    pep::SortedMetadata sorted = pep::sort_metadata(metadata);
    Value fields = Value::object();
    for (const auto& [name, entry] : sorted.fields) {
        const pep::MetadataField* field = pep::metadata_field(name);
        fields.set(field->key, value_of(*field, entry));
    }
    Value unparsed = Value::object();
    for (const auto& [name, values] : sorted.unparsed) {
        unparsed.set(name, list_of(values));
    }
    return Value::object({{"raw", std::move(fields)}, {"unparsed", std::move(unparsed)}});
}

Result<Value> validate(const Value& in) {
    auto metadata = TRY(pep::RawMetadata::parse(TRY(text_of(in, "text"))));
    pep::MetadataReport report = pep::validate_metadata(metadata);
    Value out = Value::object({{"valid", report.problems.empty()}});
    if (!report.problems.empty()) {
        std::set<std::string> names;
        for (const auto& problem : report.problems) {
            names.insert(problem.field);
        }
        Value bad = Value::array();
        for (const std::string& name : names) {
            bad.push_back(name);
        }
        out.set("bad_fields", std::move(bad));
        return out;
    }
    for (auto& [name, entry] : report.metadata.fields) {
        if (name == "requires-dist") { // the corpus has these sorted
            std::ranges::sort(entry.values);
        }
        const pep::MetadataField* field = pep::metadata_field(name);
        out.set(field->key, value_of(*field, entry));
    }
    return out;
}

} // namespace

void add_metadata_handlers(Handlers& handlers) {
    handlers.add("metadata.raw", raw);
    handlers.add("metadata.validate", validate);
}

} // namespace pawl::conformance
