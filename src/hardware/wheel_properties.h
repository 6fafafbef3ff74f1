#pragma once
// What this system supports, as wheel variants (PEP 825) ask for it. The PEP leaves to later ones
// who says that; these are the names that the PEP's own examples and the first published wheels
// use.

#include <string_view>

#include "hardware/machine.h"
#include "pep/wheel_variant.h"

namespace pawl::hardware {

/// `nvidia :: cuda_version_lower_bound` and `cuda_version_upper_bound` from the driver's CUDA, and
/// `x86_64 :: level` from the text of /proc/cpuinfo. Which GPU it is (`sm_arch`) is not asked, nor
/// anything of AMD's: a wheel that wants to know is not taken.
pep::SupportedProperties wheel_properties(const Machine& machine, std::string_view cpu_info);

/// The text of /proc/cpuinfo; "" where there is none.
std::string cpu_info();

} // namespace pawl::hardware
