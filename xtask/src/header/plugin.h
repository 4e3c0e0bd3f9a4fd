
#if defined(_WIN32)
#define PLUGBAY_EXPORT __declspec(dllexport)
#else
#define PLUGBAY_EXPORT __attribute__((visibility("default")))
#endif

/// An address as fast functions take it. V8 passes no integers of 64 bits.
#if defined(__wasm__)
typedef size_t plugbay_address;
#else
typedef double plugbay_address;
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// What the host reads from the file before it loads it. PLUGBAY_PLUGIN defines it.
PLUGBAY_EXPORT extern const plugbay_plugin_descriptor PLUGBAY_PLUGIN_ABI;

/// The entry of a plugin, which it defines: a plugbay_entry_fn.
PLUGBAY_EXPORT uint32_t deno_plugin_init(const plugbay_host_table *host, uint64_t instance);

/// What a plugin may define to be told that it is closed: a plugbay_deinit_fn.
PLUGBAY_EXPORT void deno_plugin_deinit(void);

#ifdef __cplusplus
}
#endif

/// First bytes of a plugbay_plugin_descriptor, with the zero at the end.
#define PLUGBAY_MAGIC "PLUGBAY"

#define PLUGBAY_TEXT_(value) #value
#define PLUGBAY_TEXT(value) PLUGBAY_TEXT_(value)

#if defined(__x86_64__) || defined(_M_X64)
#define PLUGBAY_ARCH "x86_64"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define PLUGBAY_ARCH "aarch64"
#elif defined(__wasm32__)
#define PLUGBAY_ARCH "wasm32"
#elif defined(__riscv)
#define PLUGBAY_ARCH "riscv64"
#else
#define PLUGBAY_ARCH "unknown"
#endif

#if defined(__ANDROID__)
#define PLUGBAY_OS "android"
#elif defined(__linux__)
#define PLUGBAY_OS "linux"
#elif defined(__APPLE__)
#define PLUGBAY_OS "darwin"
#elif defined(_WIN32)
#define PLUGBAY_OS "windows"
#elif defined(__FreeBSD__)
#define PLUGBAY_OS "freebsd"
#else
#define PLUGBAY_OS "unknown"
#endif

// Not __VERSION__, which some builds of clang make longer than the field.
#if defined(__clang__)
#define PLUGBAY_COMPILER \
  "clang " PLUGBAY_TEXT(__clang_major__) "." PLUGBAY_TEXT(__clang_minor__) "." PLUGBAY_TEXT(__clang_patchlevel__)
#elif defined(__GNUC__)
#define PLUGBAY_COMPILER \
  "gcc " PLUGBAY_TEXT(__GNUC__) "." PLUGBAY_TEXT(__GNUC_MINOR__) "." PLUGBAY_TEXT(__GNUC_PATCHLEVEL__)
#elif defined(_MSC_VER)
#define PLUGBAY_COMPILER "msvc " PLUGBAY_TEXT(_MSC_FULL_VER)
#else
#define PLUGBAY_COMPILER "unknown"
#endif

#ifdef __cplusplus
#define PLUGBAY_STATIC_ASSERT(condition, message) static_assert(condition, message)
#else
#define PLUGBAY_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

/// Describes the plugin, with string literals: `PLUGBAY_PLUGIN("name", "1.0.0");` once, outside of functions. At most
/// 63 bytes of name and 31 of version, in UTF-8.
#define PLUGBAY_PLUGIN(plugin_name, plugin_version) \
  PLUGBAY_STATIC_ASSERT(sizeof(plugin_name) <= 64, "the name of a plugin has at most 63 bytes"); \
  const plugbay_plugin_descriptor PLUGBAY_PLUGIN_ABI = { \
    PLUGBAY_MAGIC, \
    (uint32_t)sizeof(plugbay_plugin_descriptor), \
    PLUGBAY_ABI_VERSION, \
    (uint32_t)offsetof(plugbay_host_table, request_service), \
    PLUGBAY_ENTRY_KIND_C, \
    {plugin_name, plugin_version}, \
    PLUGBAY_ARCH "-" PLUGBAY_OS, \
    PLUGBAY_COMPILER, \
  }; \
  PLUGBAY_STATIC_ASSERT(sizeof(plugin_version) <= 32, "the version of a plugin has at most 31 bytes")

// The layout is the same in every language. A plugin that does not compile here would not run there.
