#include "index/metadata.h"

#include "base/check.h"
#include "base/text.h"
#include "index/record.h"
#include "pep/metadata.h"

namespace pawl::index {

namespace {

constexpr uint32_t magic = 0x314D4750; // "PGM1"; change it with the layout

struct Header {
    static constexpr size_t magic = 0, record_bytes = 4, requirements = 8, extras = 12, flags = 16;
    static constexpr size_t name = 24, version = 32, metadata_version = 40, requires_python = 48;
    static constexpr size_t import_names = 56, import_namespaces = 64;
    static constexpr size_t bytes = 72;
};
constexpr uint32_t flag_import_names = 1;

struct Row {
    static constexpr size_t text = 0, name = 8, extras = 16, specifiers = 24, url = 32, marker = 40,
                            extra = 48;
    static constexpr size_t bytes = 56;
};

/// The name x of a comparison `extra == "x"` that stands at the top or is one of its conjuncts.
std::string extra_demanded(const pep::Marker& marker) {
    using Kind = pep::Marker::Kind;
    if (marker.kind() == Kind::comparison) {
        const auto& comparison = marker.comparison();
        bool demands = comparison.variable == pep::MarkerVariable::extra &&
                       comparison.op == pep::Marker::Operator::equal;
        return demands ? pep::normalize_name(comparison.literal) : std::string();
    }
    if (marker.kind() == Kind::all_of) {
        for (const pep::Marker& child : marker.children()) {
            if (child.kind() == Kind::comparison) {
                std::string extra = extra_demanded(child);
                if (!extra.empty()) {
                    return extra;
                }
            }
        }
    }
    return {};
}

void encode_requirement(RecordWriter& writer, size_t at, const pep::Requirement& requirement) {
    writer.put_text(at + Row::text, requirement.str());
    writer.put_text(at + Row::name, requirement.name.str());
    std::string extras;
    for (const pep::Name& extra : requirement.extras) {
        extras += (extras.empty() ? "" : ",") + extra.str();
    }
    writer.put_text(at + Row::extras, extras);
    writer.put_text(at + Row::specifiers, requirement.specifiers.str());
    writer.put_text(at + Row::url, requirement.url);
    if (requirement.marker) {
        writer.put_text(at + Row::marker, requirement.marker->str());
        writer.put_text(at + Row::extra, extra_demanded(*requirement.marker));
    }
}

std::string join_lines(const std::vector<std::string>& lines) {
    return join(lines, "\n");
}

} // namespace

Result<std::string> encode_metadata(std::string_view text) {
    auto metadata = TRY(pep::CoreMetadata::parse(text));
    size_t rows_at = Header::bytes;
    size_t extras_at = rows_at + metadata.requires_dist.size() * Row::bytes;
    RecordWriter writer(extras_at + metadata.provides_extra.size() * text_reference_bytes);
    writer.put(Header::magic, magic);
    writer.put(Header::requirements, static_cast<uint32_t>(metadata.requires_dist.size()));
    writer.put(Header::extras, static_cast<uint32_t>(metadata.provides_extra.size()));
    writer.put(Header::flags, metadata.has_import_names ? flag_import_names : 0);
    writer.put_text(Header::name, metadata.name.str());
    writer.put_text(Header::version, metadata.version.str());
    writer.put_text(Header::metadata_version, metadata.metadata_version);
    if (metadata.requires_python) {
        writer.put_text(Header::requires_python, metadata.requires_python->str());
    }
    writer.put_text(Header::import_names, join_lines(metadata.import_names));
    writer.put_text(Header::import_namespaces, join_lines(metadata.import_namespaces));
    for (size_t i = 0; i < metadata.requires_dist.size(); ++i) {
        encode_requirement(writer, rows_at + i * Row::bytes, metadata.requires_dist[i]);
    }
    for (size_t i = 0; i < metadata.provides_extra.size(); ++i) {
        writer.put_text(extras_at + i * text_reference_bytes, metadata.provides_extra[i].str());
    }
    writer.put(Header::record_bytes, static_cast<uint32_t>(writer.size()));
    return writer.finish();
}

bool is_metadata_static(std::string_view text) {
    auto raw = pep::RawMetadata::parse(text);
    if (!raw) {
        return false;
    }
    auto halves = split_once(raw->first("metadata-version").value_or("0.0"), '.');
    if (!halves) {
        return false;
    }
    auto major = parse_unsigned(trim(halves->before)).value_or(0);
    auto minor = parse_unsigned(trim(halves->after)).value_or(0);
    if (major != 2 || minor < 2) { // before 2.2 nothing in PKG-INFO is a promise
        return false;
    }
    for (std::string_view field : raw->all("dynamic")) {
        std::string name = to_lower(trim(field));
        if (name == "requires-dist" || name == "requires-python" || name == "provides-extra") {
            return false;
        }
    }
    return true;
}

std::optional<MetadataView> MetadataView::open(std::string_view record) {
    if (load<uint32_t>(record, Header::magic) != magic ||
        load<uint32_t>(record, Header::record_bytes) != record.size()) {
        return std::nullopt;
    }
    MetadataView view;
    view.record_ = record;
    view.requirement_count_ = load<uint32_t>(record, Header::requirements);
    view.extra_count_ = load<uint32_t>(record, Header::extras);
    uint64_t rows = Header::bytes + uint64_t{view.requirement_count_} * Row::bytes +
                    uint64_t{view.extra_count_} * text_reference_bytes;
    return rows <= record.size() ? std::optional(view) : std::nullopt;
}

std::string_view MetadataView::text_at(size_t position) const {
    return load_text(record_, position);
}

std::string_view MetadataView::name() const {
    return text_at(Header::name);
}

std::string_view MetadataView::version() const {
    return text_at(Header::version);
}

std::string_view MetadataView::metadata_version() const {
    return text_at(Header::metadata_version);
}

std::string_view MetadataView::requires_python() const {
    return text_at(Header::requires_python);
}

RequirementView MetadataView::requirement(uint32_t row) const {
    check(row < requirement_count_);
    size_t at = Header::bytes + size_t{row} * Row::bytes;
    return {.text = text_at(at + Row::text),
            .name = text_at(at + Row::name),
            .extras = text_at(at + Row::extras),
            .specifiers = text_at(at + Row::specifiers),
            .url = text_at(at + Row::url),
            .marker = text_at(at + Row::marker),
            .extra = text_at(at + Row::extra)};
}

std::string_view MetadataView::extra(uint32_t row) const {
    check(row < extra_count_);
    return text_at(Header::bytes + size_t{requirement_count_} * Row::bytes +
                   size_t{row} * text_reference_bytes);
}

bool MetadataView::has_import_names() const {
    return (load<uint32_t>(record_, Header::flags) & flag_import_names) != 0;
}

std::string_view MetadataView::import_names() const {
    return text_at(Header::import_names);
}

std::string_view MetadataView::import_namespaces() const {
    return text_at(Header::import_namespaces);
}

} // namespace pawl::index
