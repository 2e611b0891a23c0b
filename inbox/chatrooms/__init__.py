"""The heart: chatrooms, messages, their delivery, and the three-panel page.

The paths a message takes, one file a hop:

1. A customer writes: `webhooks.door` (verify, store raw, 200) -> `webhooks.actions.process_pending` ->
   `adapter.parse` -> `chatrooms.actions.receive_events` -> `changes.publish` -> socket.
2. An agent writes: `views.composer` -> `actions.send_message` (row `queued`, outbox entry) -> `tasks.dispatch_outbox`
   -> `dispatch` -> `transport` -> `actions` record the outcome -> `changes.publish` -> socket.
3. A vendor reports: as 1, with StatusChanged; `delivery.advance` lets states only move forward.
"""
