// The files that configfs shows for tsm/report, as FUSE operations. What the VFS and configfs refuse is refused here with the same
// errno (Linux fs/configfs/file.c and dir.c).
#define FUSE_USE_VERSION 32
#include "tsm.h"
#include <errno.h>
#include <fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REPORT "/tsm/report"

struct attribute {
  const char *name;
  mode_t mode;
  bool binary;
};

static const struct attribute attributes[] = {
    {"provider", 0444, false},        {"generation", 0444, false}, {"privlevel", 0200, false},
    {"privlevel_floor", 0444, false}, {"inblob", 0200, true},      {"outblob", 0444, true},
    {"auxblob", 0444, true},          {"manifestblob", 0444, true}};
#define ATTRIBUTES (sizeof attributes / sizeof *attributes)

// An open file. What was read first stays; what was written waits for close.
struct handle {
  struct entry *entry;
  const struct attribute *attribute;
  bool filled, written;
  struct blob snapshot;
  uint8_t pending[INBLOB_MAX];
  size_t pending_length;
};

struct place {
  char entry[NAME_LIMIT];       // empty: the report directory itself or above
  char attribute_name[NAME_LIMIT]; // empty: the entry itself
  const struct attribute *attribute;
};

static bool is_visible(const char *name) {
  size_t length = strlen(name);
  for (const char *at = settings.attributes; (at = strstr(at, name)); at += length) {
    bool starts = at == settings.attributes || at[-1] == ',';
    if (starts && (at[length] == ',' || at[length] == 0)) return true;
  }
  return false;
}

static const struct attribute *find_attribute(const char *name) {
  for (size_t i = 0; i < ATTRIBUTES; i++)
    if (strcmp(attributes[i].name, name) == 0 && is_visible(name)) return &attributes[i];
  return NULL;
}

// Splits a path below the report directory. False for one that cannot exist.
static bool locate(const char *path, struct place *place) {
  *place = (struct place){0};
  if (!path || strncmp(path, REPORT "/", sizeof REPORT) != 0) return false;
  const char *name = path + sizeof REPORT;
  const char *slash = strchr(name, '/');
  size_t length = slash ? (size_t)(slash - name) : strlen(name);
  if (length == 0 || length >= NAME_LIMIT) return false;
  memcpy(place->entry, name, length);
  if (!slash) return true;
  if (strlen(slash + 1) >= NAME_LIMIT || strchr(slash + 1, '/')) return false;
  strcpy(place->attribute_name, slash + 1);
  place->attribute = find_attribute(place->attribute_name);
  return true;
}

static bool is_upper_directory(const char *path) {
  return strcmp(path, "/") == 0 || strcmp(path, "/tsm") == 0 || strcmp(path, REPORT) == 0;
}

static void describe_file(const struct attribute *attribute, struct stat *stat) {
  stat->st_mode = S_IFREG | attribute->mode;
  stat->st_nlink = 1;
  stat->st_size = attribute->binary ? 0 : 4096;
}

static int tree_getattr(const char *path, struct stat *stat, struct fuse_file_info *info) {
  struct place place;
  *stat = (struct stat){.st_mode = S_IFDIR | 0755, .st_nlink = 2};
  if (info) {
    describe_file(((const struct handle *)(uintptr_t)info->fh)->attribute, stat);
    return 0;
  }
  if (!path) return -ENOENT;
  if (is_upper_directory(path)) return 0;
  if (!locate(path, &place) || !entry_exists(place.entry)) return -ENOENT;
  if (!place.attribute_name[0]) return 0;
  if (!place.attribute) return -ENOENT;
  describe_file(place.attribute, stat);
  return 0;
}

struct listing {
  void *buffer;
  fuse_fill_dir_t fill;
};

static int list_one(void *context, const char *name) {
  struct listing *listing = context;
  return listing->fill(listing->buffer, name, NULL, 0, 0);
}

// Operations on what is open get no path: the entry may be gone by then. A directory remembers its own.
static int tree_opendir(const char *path, struct fuse_file_info *info) {
  char *copy = strdup(path);
  info->fh = (uintptr_t)copy;
  return copy ? 0 : -ENOMEM;
}

static int tree_releasedir(const char *path, struct fuse_file_info *info) {
  (void)path;
  free((char *)(uintptr_t)info->fh);
  return 0;
}

static int tree_readdir(const char *unused, void *buffer, fuse_fill_dir_t fill, off_t offset,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags) {
  (void)unused, (void)offset, (void)flags;
  const char *path = (const char *)(uintptr_t)info->fh;
  struct listing listing = {buffer, fill};
  struct place place;
  list_one(&listing, ".");
  list_one(&listing, "..");
  if (strcmp(path, "/") == 0) return list_one(&listing, "tsm");
  if (strcmp(path, "/tsm") == 0) return list_one(&listing, "report");
  if (strcmp(path, REPORT) == 0) return list_entries(list_one, &listing);
  if (!locate(path, &place) || !entry_exists(place.entry)) return -ENOENT;
  for (size_t i = 0; i < ATTRIBUTES; i++)
    if (is_visible(attributes[i].name)) list_one(&listing, attributes[i].name);
  return 0;
}

static int tree_mkdir(const char *path, mode_t mode) {
  (void)mode;
  struct place place;
  if (!locate(path, &place) || place.attribute_name[0]) return -EPERM;
  return create_entry(place.entry);
}

static int tree_rmdir(const char *path) {
  struct place place;
  if (!locate(path, &place)) return -EPERM;
  return place.attribute_name[0] ? -ENOTDIR : remove_entry(place.entry);
}

static int tree_open(const char *path, struct fuse_file_info *info) {
  struct place place;
  if (!locate(path, &place) || !place.attribute) return -ENOENT;
  int access = info->flags & O_ACCMODE;
  if (access != O_RDONLY && !(place.attribute->mode & 0222)) return -EACCES;
  if (access != O_WRONLY && !(place.attribute->mode & 0444)) return -EACCES;
  struct handle *handle = calloc(1, sizeof *handle);
  if (!handle) return -ENOMEM;
  handle->attribute = place.attribute;
  handle->entry = acquire_entry(place.entry);
  if (!handle->entry) {
    free(handle);
    return -ENOENT;
  }
  info->fh = (uintptr_t)handle;
  info->direct_io = 1;
  return 0;
}

static int tree_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)path;
  struct handle *handle = (struct handle *)(uintptr_t)info->fh;
  if (handle->written) return -ETXTBSY;
  if (!handle->filled) {
    int result = read_attribute(handle->entry, handle->attribute->name, &handle->snapshot);
    if (result) return result;
    handle->filled = true;
  }
  if (offset < 0 || (size_t)offset >= handle->snapshot.length) return 0;
  size_t left = handle->snapshot.length - (size_t)offset;
  if (size > left) size = left;
  memcpy(buffer, handle->snapshot.bytes + offset, size);
  return (int)size;
}

static int tree_write(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)path;
  struct handle *handle = (struct handle *)(uintptr_t)info->fh;
  if (handle->filled) return -ETXTBSY;
  if (!handle->attribute->binary) {
    int result = store_text(handle->entry, handle->attribute->name, bytes, size);
    return result ? result : (int)size;
  }
  handle->written = true; // even if refused: close then commits what there was before, be it nothing
  if (offset < 0 || (size_t)offset > INBLOB_MAX || size > INBLOB_MAX - (size_t)offset) return -EFBIG;
  memcpy(handle->pending + offset, bytes, size);
  if (handle->pending_length < (size_t)offset + size) handle->pending_length = (size_t)offset + size;
  return (int)size;
}

// close() of a blob commits it. RELEASE would come too late: the kernel sends it after close() has returned. Nobody learns
// whether the commit worked, as with the real one.
static int tree_flush(const char *path, struct fuse_file_info *info) {
  (void)path;
  struct handle *handle = (struct handle *)(uintptr_t)info->fh;
  if (!handle->written) return 0;
  handle->written = false;
  commit_inblob(handle->entry, handle->pending, handle->pending_length);
  return 0;
}

static int tree_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  struct handle *handle = (struct handle *)(uintptr_t)info->fh;
  free_blob(&handle->snapshot);
  release_entry(handle->entry);
  free(handle);
  return 0;
}

static int refuse_create(const char *path, mode_t mode, struct fuse_file_info *info) {
  (void)path, (void)mode, (void)info;
  return -EACCES;
}

static int refuse_unlink(const char *path) {
  (void)path;
  return -EPERM;
}

static int refuse_rename(const char *from, const char *to, unsigned flags) {
  (void)from, (void)to, (void)flags;
  return -EPERM;
}

static int accept_truncate(const char *path, off_t size, struct fuse_file_info *info) {
  (void)path, (void)size, (void)info;
  return 0;
}

static void *tree_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->nullpath_ok = 1;
  config->hard_remove = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return NULL;
}

const struct fuse_operations tree_operations = {
    .init = tree_init,
    .getattr = tree_getattr,
    .opendir = tree_opendir,
    .readdir = tree_readdir,
    .releasedir = tree_releasedir,
    .mkdir = tree_mkdir,
    .rmdir = tree_rmdir,
    .open = tree_open,
    .read = tree_read,
    .write = tree_write,
    .flush = tree_flush,
    .release = tree_release,
    .create = refuse_create,
    .unlink = refuse_unlink,
    .rename = refuse_rename,
    .truncate = accept_truncate,
};
