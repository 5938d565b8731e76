"""Every table of the platform, whatever file its kind stands in."""

from plugin.service.annotations.accounts import Secret, Storage, User, UserRole
from plugin.service.annotations.entity import NAME_LENGTH, Counter, Entity, now_ms
from plugin.service.annotations.image_reviews import ImageReview
from plugin.service.annotations.kinds.abstract_image import AbstractImage
from plugin.service.annotations.kinds.abstract_slice import AbstractSlice
from plugin.service.annotations.kinds.annotation import Annotation
from plugin.service.annotations.kinds.annotation_term import AnnotationTerm
from plugin.service.annotations.kinds.annotation_track import AnnotationTrack
from plugin.service.annotations.kinds.attached_file import AttachedFile
from plugin.service.annotations.kinds.comment import Comment
from plugin.service.annotations.kinds.configuration import Configuration
from plugin.service.annotations.kinds.description import Description
from plugin.service.annotations.kinds.image_instance import ImageInstance
from plugin.service.annotations.kinds.ontology import Ontology
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.kinds.property import Property
from plugin.service.annotations.kinds.relation_term import RelationTerm
from plugin.service.annotations.kinds.slice_instance import SliceInstance
from plugin.service.annotations.kinds.tag import Tag
from plugin.service.annotations.kinds.tag_link import TagLink
from plugin.service.annotations.kinds.term import Term
from plugin.service.annotations.kinds.track import Track
from plugin.service.annotations.kinds.uploaded_file import UploadedFile
from plugin.service.annotations.membership import Member

__all__ = [
    "NAME_LENGTH",
    "AbstractImage",
    "AbstractSlice",
    "Annotation",
    "AnnotationTerm",
    "AnnotationTrack",
    "AttachedFile",
    "Comment",
    "Configuration",
    "Counter",
    "Description",
    "Entity",
    "ImageInstance",
    "ImageReview",
    "Member",
    "Ontology",
    "Project",
    "Property",
    "RelationTerm",
    "Secret",
    "SliceInstance",
    "Storage",
    "Tag",
    "TagLink",
    "Term",
    "Track",
    "UploadedFile",
    "User",
    "UserRole",
    "now_ms",
]
