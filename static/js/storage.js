// What is kept in this browser. Storage may be full, or switched off: then it is said so, and nothing is thrown away.

/** Return what is kept, or null for what is not, or cannot be read. */
export function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

/** Keep a value, or with nothing let go of it; false if the browser has no room for it. */
export function write(storage, key, value = null) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
