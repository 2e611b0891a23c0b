"""Socket addresses."""

from django.urls import path

from .consumers import InboxConsumer, RoomConsumer

websocket_urlpatterns = [
    path("ws/w/<slug:slug>/inbox/", InboxConsumer.as_asgi()),
    path("ws/w/<slug:slug>/rooms/<int:room_id>/", RoomConsumer.as_asgi()),
]
