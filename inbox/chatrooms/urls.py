from django.urls import path

from . import file_views, forward_views, held_views, template_views, views

app_name = "chatrooms"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("since/", views.since, name="since"),
    path("rooms/<int:room_id>/", views.room, name="room"),
    path("rooms/<int:room_id>/row/", views.room_row, name="room_row"),
    path("rooms/<int:room_id>/history/", views.history, name="history"),
    path("rooms/<int:room_id>/messages/", views.messages, name="messages"),
    path("rooms/<int:room_id>/messages/<int:message_id>/retry/", views.message_retry, name="message_retry"),
    path("rooms/<int:room_id>/messages/<int:message_id>/confirmation/", views.message_confirm, name="message_confirm"),
    path("rooms/<int:room_id>/messages/<int:message_id>/reaction/", views.message_reaction, name="message_reaction"),
    path("rooms/<int:room_id>/messages/<int:message_id>/versions/", views.message_versions, name="message_versions"),
    path("rooms/<int:room_id>/window/", views.window, name="window"),
    path("rooms/<int:room_id>/files/", file_views.files, name="files"),
    path("rooms/<int:room_id>/files/chosen/", file_views.chosen, name="chosen_files"),
    path("rooms/<int:room_id>/files/rules/", file_views.file_rules, name="file_rules"),
    path("rooms/<int:room_id>/files/all/", file_views.gallery, name="gallery"),
    path("rooms/<int:room_id>/files/<int:attachment_id>/", file_views.file, name="file"),
    path("rooms/<int:room_id>/files/<int:attachment_id>/fetching/", file_views.file_fetch, name="file_fetch"),
    path("files/<int:file_id>/forwarding/", forward_views.forward, name="forward"),
    path("files/<int:file_id>/discarding/", file_views.file_discard, name="file_discard"),
    path("rooms/<int:room_id>/templates/", template_views.templates, name="templates"),
    path("rooms/<int:room_id>/held/", held_views.held_answers, name="held_answers"),
    path("rooms/<int:room_id>/held/new/", held_views.hold, name="hold"),
    path("rooms/<int:room_id>/held/<int:held_id>/", held_views.held_answer, name="held_answer"),
    path("rooms/<int:room_id>/template_messages/", template_views.template_messages, name="template_messages"),
    path("rooms/<int:room_id>/typing/", views.typing, name="typing"),
    path("rooms/<int:room_id>/assignment/", views.assignment, name="assignment"),
    path("rooms/<int:room_id>/closure/", views.closure, name="closure"),
    path("rooms/<int:room_id>/reopening/", views.reopening, name="reopening"),
    path("rooms/<int:room_id>/reading/", views.reading, name="reading"),
]
