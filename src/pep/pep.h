#pragma once
// pep: the vocabulary of Python packaging, to the current specifications.
//
// For: project names, versions and sets of versions, specifiers, markers and their algebra,
//   requirements, platform tags, file names of wheels and sdists, core metadata, direct_url.json,
//   dependency groups, licence expressions.
// May use: base.
// Promises: pure (no disk, no network, no clock, nothing about the running system), every parser
//   linear in its input and bounded in depth, every error says what and where in the text. Values
//   unless said otherwise, safe to read from any thread.

#include "pep/dependency_groups.h"
#include "pep/direct_url.h"
#include "pep/licence.h"
#include "pep/marker.h"
#include "pep/marker_space.h"
#include "pep/metadata.h"
#include "pep/metadata_validation.h"
#include "pep/name.h"
#include "pep/requirement.h"
#include "pep/specifier.h"
#include "pep/tag.h"
#include "pep/version.h"
#include "pep/version_set.h"
#include "pep/wheel_name.h"
