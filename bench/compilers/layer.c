/*
 * A Vulkan layer for RADV's null device. Dawn begins a command buffer as soon as it opens a device, and waits for the queue when
 * it closes one. The null device crashes in both calls. This layer lets them succeed without calling the driver. All other calls,
 * including those that compile, are passed on.
 *
 * The needed part of the interface between loader and layers (vk_layer.h) is declared here, so that no headers must be installed.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef void (*Function)(void);
typedef Function (*GetFunction)(void *owner, const char *name);
typedef int32_t (*CreateInstance)(const void *info, const void *allocator, void **instance);
typedef int32_t (*CreateDevice)(void *physical, const void *info, const void *allocator, void **device);

/* The next layer or the driver: VkLayerInstanceLink and VkLayerDeviceLink. */
struct Link {
  struct Link *next;
  GetFunction ofInstance;
  GetFunction ofDevice;
};

/* VkInstanceCreateInfo or VkDeviceCreateInfo, or a structure in its chain: VkLayerInstanceCreateInfo, VkLayerDeviceCreateInfo. */
struct Info {
  int32_t type;
  struct Info *next;
  int32_t function;
  struct Link *link;
};

enum { LOADER_INSTANCE = 47, LOADER_DEVICE = 48, LAYER_LINK = 0, INITIALIZATION_FAILED = -3 };

static GetFunction nextOfInstance;
static GetFunction nextOfDevice;

/* Returns the loader's link for this layer, and advances it for the next layer. */
static struct Link *takeLink(struct Info *info, int32_t type) {
  for (struct Info *part = info->next; part; part = part->next) {
    if (part->type != type || part->function != LAYER_LINK) continue;
    struct Link *link = part->link;
    part->link = link->next;
    return link;
  }
  return 0;
}

static int32_t createInstance(const void *info, const void *allocator, void **instance) {
  struct Link *link = takeLink((struct Info *)info, LOADER_INSTANCE);
  if (!link) return INITIALIZATION_FAILED;
  nextOfInstance = link->ofInstance;
  return ((CreateInstance)nextOfInstance(0, "vkCreateInstance"))(info, allocator, instance);
}

static int32_t createDevice(void *physical, const void *info, const void *allocator, void **device) {
  struct Link *link = takeLink((struct Info *)info, LOADER_DEVICE);
  if (!link) return INITIALIZATION_FAILED;
  nextOfDevice = link->ofDevice;
  return ((CreateDevice)link->ofInstance(0, "vkCreateDevice"))(physical, info, allocator, device);
}

/* VK_SUCCESS is 0. */
static int32_t succeed(void) { return 0; }

EXPORT Function vkGetDeviceProcAddr(void *device, const char *name) {
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (Function)vkGetDeviceProcAddr;
  if (!strcmp(name, "vkBeginCommandBuffer") || !strcmp(name, "vkQueueWaitIdle")) return (Function)succeed;
  return nextOfDevice(device, name);
}

EXPORT Function vkGetInstanceProcAddr(void *instance, const char *name) {
  if (!strcmp(name, "vkGetInstanceProcAddr")) return (Function)vkGetInstanceProcAddr;
  if (!strcmp(name, "vkGetDeviceProcAddr")) return (Function)vkGetDeviceProcAddr;
  if (!strcmp(name, "vkCreateInstance")) return (Function)createInstance;
  if (!strcmp(name, "vkCreateDevice")) return (Function)createDevice;
  return nextOfInstance ? nextOfInstance(instance, name) : 0;
}
