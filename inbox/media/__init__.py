"""Files of messages: bytes in, bytes out, what they really are, and what they have to become. See docs/media.md.

`actions` stores, converts and purges; `planning` says how a file goes out on a channel; what opens a file is the
package `media_converter`, in a process of its own.
"""
