// Yardstick for the compiled form: what including nlohmann/json.hpp alone costs.
#include <nlohmann/json.hpp>
