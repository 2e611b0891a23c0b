from django.urls import path

from . import views

app_name = "labels"
urlpatterns = [
    path("", views.all_labels, name="all"),
    path("news/", views.news, name="news"),
    path("creation/", views.creation, name="creation"),
    path("<int:label_id>/change/", views.label_change, name="label_change"),
    path("<int:label_id>/deletion/", views.label_deletion, name="label_deletion"),
    path("customers/<int:customer_id>/", views.customer, name="customer"),
    path("customers/<int:customer_id>/choice/", views.choice, name="choice"),
]
