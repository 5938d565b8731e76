# ruff: noqa: PT017, PT018, PTH118, PTH123
"""What users of Cytomine's Python client do, kind by kind; run by the client's own interpreter.

``python behaviours.py HOST PUBLIC PRIVATE ORTHANC_SERIES FOLDER`` prints a JSON object: behaviour → null, or how it
failed. Every behaviour is a function whose name is its sentence.
"""

import io
import json
import logging
import os
import sys
import threading
import traceback
import uuid

import cytomine
import cytomine.models as m
import numpy as np
from cytomine.models import annotation
from cytomine.models.collection import CollectionPartialUploadException
from PIL import Image

HOST, PUBLIC_KEY, PRIVATE_KEY, SERIES, FOLDER = sys.argv[1:6]
SQUARE = "POLYGON ((0 0, 0 20, 20 20, 20 0, 0 0))"
BEHAVIOURS = []


def behaviour(function):
    BEHAVIOURS.append(function)
    return function


def name():
    return uuid.uuid4().hex[:12]


class World:
    """What most behaviours need: a project with terms, an image without pixels and a slide."""

    def __init__(self):
        self.ontology = m.Ontology(name()).save()
        self.term = m.Term(name(), self.ontology.id, "#ff0000").save()
        self.other_term = m.Term(name(), self.ontology.id, "#00FF00").save()
        self.project = m.Project(name(), self.ontology.id).save()
        self.storage = m.Storage(name(), cytomine.Cytomine.get_instance().current_user.id).save()
        self.file = m.UploadedFile("o.tiff", "f.tiff", size=1, ext="tiff", contentType="image/tiff",
                                   id_storage=self.storage.id).save()  # fmt: skip
        self.abstract = m.AbstractImage("plain.tiff", self.file.id, width=50, height=40).save()
        self.image = m.ImageInstance(self.abstract.id, self.project.id).save()
        slides = [i for i in m.AbstractImageCollection().fetch() if i.orthancSeries == SERIES]
        self.slide = m.ImageInstance(slides[0].id, self.project.id).save()


world = None


@behaviour
def the_client_connects_and_knows_its_user():
    cyto = cytomine.Cytomine.get_instance()
    assert cyto.is_alive()
    assert cyto.current_user.username == "ada"
    assert cyto.current_user.admin and not cyto.current_user.guest
    assert cyto.open_admin_session() and cyto.close_admin_session()
    assert m.CurrentUser().fetch().__dict__ == cyto.current_user.__dict__
    assert cyto.current_user.keys()["privateKey"] == cyto.current_user.privateKey == PRIVATE_KEY
    assert cyto.current_user.signature()


@behaviour
def users_are_created_fetched_listed_updated_and_deleted():
    username = name()
    user = m.User(username, "First", "Last", "mail@example.org", "password").save()
    assert user.username == username and user.id
    assert m.User().fetch(user.id).username == username
    assert user.keys()["publicKey"]
    assert username in [each.username for each in m.UserCollection().fetch()]
    user.firstname = "Other"
    user.update()
    assert m.User().fetch(user.id).firstname == "Other"
    more = m.UserCollection()
    more.append(m.User(name(), "a", "b", "mail@example.org", "password"))
    assert more.save()
    user.delete()
    assert not m.User().fetch(user.id)


@behaviour
def users_join_and_leave_projects():
    user = m.User(name(), "First", "Last", "mail@example.org", "password").save()
    assert world.project.add_user(user.id)
    members = m.UserCollection().fetch_with_filter("project", world.project.id)
    assert user.id in [each.id for each in members]
    assert world.project.add_user(user.id, admin=True)
    managers = m.UserCollection(admin=True).fetch_with_filter("project", world.project.id)
    assert user.id in [each.id for each in managers]
    assert [p.id for p in m.ProjectCollection().fetch_with_filter("user", user.id)] == [world.project.id]
    assert m.UserCollection().fetch_with_filter("ontology", world.ontology.id).find_by_attribute("id", user.id)
    assert world.project.delete_user(user.id, admin=True)
    assert world.project.delete_user(user.id)
    assert user.id not in [each.id for each in m.UserCollection().fetch_with_filter("project", world.project.id)]


@behaviour
def roles_are_listed_given_and_taken():
    roles = m.RoleCollection().fetch()
    assert len(roles) == 3 and m.Role().fetch(roles[0].id).authority == roles[0].authority
    user = m.User(name(), "First", "Last", "mail@example.org", "password").save()
    given = m.UserRole(user.id, roles[-1].id).save()
    assert given.user == user.id and given.role == roles[-1].id
    assert m.UserRole().fetch(user.id, roles[-1].id).authority == roles[-1].authority
    assert len(m.UserRoleCollection().fetch_with_filter("user", user.id)) == 2
    m.UserRole().fetch(user.id, roles[-1].id).delete()
    assert not m.UserRole().fetch(user.id, roles[-1].id)


@behaviour
def ontologies_and_terms_are_created_changed_and_deleted():
    ontology = m.Ontology(name()).save()
    term = m.Term("Tumour", ontology.id, "#AAAAAA").save()
    child = m.Term("Necrosis", ontology.id, "#0000FF").save()
    assert (term.name, term.color, term.ontology) == ("Tumour", "#aaaaaa", ontology.id)
    assert not m.Term("Tumour", ontology.id, "#BBBBBB").save()
    term.name = "Carcinoma"
    assert term.update() and m.Term().fetch(term.id).name == "Carcinoma"
    more = m.TermCollection()
    more.extend([m.Term(name(), ontology.id, "#111111") for _ in range(40)])
    assert more.save()
    assert len(m.TermCollection().fetch_with_filter("ontology", ontology.id)) == 42
    assert len(m.Ontology().fetch(ontology.id).children) == 42
    relation = m.RelationTerm(term.id, child.id).save()
    assert m.RelationTerm().fetch(term.id, child.id).term1 == term.id
    assert m.Term().fetch(child.id).parent == term.id
    relation.delete()
    assert not m.RelationTerm().fetch(term.id, child.id)
    assert not m.Ontology(ontology.name).save()
    ontology.name = name()
    assert ontology.update()
    assert ontology.id in [each.id for each in m.OntologyCollection().fetch()]
    child.delete()
    assert not m.Term().fetch(child.id)
    ontology.delete()
    assert not m.Ontology().fetch(ontology.id) and not m.Term().fetch(term.id)


@behaviour
def projects_are_created_changed_listed_and_deleted():
    project = m.Project(name(), world.ontology.id).save()
    assert project.ontology == world.ontology.id and project.ontologyName == world.ontology.name
    assert not m.Project(project.name, world.ontology.id).save()
    project.name = name()
    assert project.update() and m.Project().fetch(project.id).name == project.name
    assert project.id in [each.id for each in m.ProjectCollection().fetch()]
    assert project.id in [each.id for each in m.ProjectCollection().fetch_with_filter("ontology", world.ontology.id)]
    assert len(m.TermCollection().fetch_with_filter("project", project.id)) == 2
    project.delete()
    assert not m.Project().fetch(project.id)


@behaviour
def listings_come_in_pages():
    ontology = m.Ontology(name()).save()
    terms = m.TermCollection()
    terms.extend([m.Term(f"{number:02}", ontology.id, "#111111") for number in range(10)])
    assert terms.save(chunk=None)
    paged = m.TermCollection(max=4)
    paged.add_filter("ontology", ontology.id)
    paged.fetch_next_page()
    assert [t.name for t in paged] == ["00", "01", "02", "03"] and paged._total == 10
    paged.fetch_next_page()
    assert [t.name for t in paged] == ["04", "05", "06", "07"]
    whole = m.TermCollection().fetch_with_filter("ontology", ontology.id, max=5)
    assert len(whole) == 10


@behaviour
def storages_and_uploaded_files_are_described():
    storage = m.Storage(name(), cytomine.Cytomine.get_instance().current_user.id).save()
    storage.name = name()
    storage.update()
    assert m.Storage().fetch(storage.id).name == storage.name
    assert storage.id in [each.id for each in m.StorageCollection().fetch()]
    file = m.UploadedFile("original", "filename", size=1, ext="ext", contentType="type", id_storage=storage.id).save()
    assert file.filename == "filename"
    file.filename = "filename bis"
    file.update()
    assert m.UploadedFile().fetch(file.id).filename == "filename bis"
    assert file.id in [each.id for each in m.UploadedFileCollection().fetch()]
    file.delete()
    assert not m.UploadedFile().fetch(file.id)


@behaviour
def images_without_pixels_are_described():
    image = m.AbstractImage("described.tiff", world.file.id, width=100, height=80).save()
    assert (image.originalFilename, image.filename) == ("described.tiff", "described.tiff")
    assert m.AbstractImage().fetch(image.id).width == 100
    plane = m.AbstractSlice(image.id, world.file.id, mime="image/pyrtiff", channel=0, z_stack=0, time=0).save()
    assert m.AbstractSlice().fetch(plane.id).image == image.id
    assert [s.id for s in m.AbstractSliceCollection().fetch_with_filter("abstractimage", image.id)] == [plane.id]
    assert plane.id in [s.id for s in m.AbstractSliceCollection().fetch_with_filter("uploadedfile", world.file.id)]
    instance = m.ImageInstance(image.id, world.project.id).save()
    assert instance.baseImage == image.id and (instance.width, instance.height) == (100, 80)
    instance.instanceFilename = "renamed"
    instance.update()
    assert m.ImageInstance().fetch(instance.id).instanceFilename == "renamed"
    listed = m.ImageInstanceCollection().fetch_with_filter("project", world.project.id)
    assert instance.id in [each.id for each in listed]
    assert [s.image for s in m.SliceInstanceCollection().fetch_with_filter("imageinstance", instance.id)] == [
        instance.id
    ]
    assert instance.reference_slice().image == instance.id
    instance.delete()
    assert not m.ImageInstance().fetch(instance.id)
    image.delete()
    assert not m.AbstractImage().fetch(image.id)


@behaviour
def annotations_are_created_changed_and_deleted():
    annotation = m.Annotation(SQUARE, world.image.id, [world.term.id]).save()
    assert annotation.location == SQUARE and annotation.term == [world.term.id]
    assert m.Annotation().fetch(annotation.id).location == SQUARE
    assert (annotation.area, annotation.areaUnit) == (400, "pixels²")
    annotation.location = "POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0))"
    annotation.update()
    assert m.Annotation().fetch(annotation.id).location == "POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0))"
    annotation.delete()
    assert not m.Annotation().fetch(annotation.id)
    assert not m.Annotation("POLYGON ((0 0, 1 1", world.image.id).save()
    crossing = m.Annotation("POLYGON ((0 0, 10 10, 0 10, 10 0, 0 0))", world.image.id).save()
    assert crossing.location.startswith("MULTIPOLYGON")  # repaired
    crossing.delete()


@behaviour
def annotations_are_saved_many_at_once_or_not_at_all():
    image = m.ImageInstance(
        m.AbstractImage("many", world.file.id, width=50, height=50).save().id, world.project.id
    ).save()
    many = m.AnnotationCollection()
    many.extend([m.Annotation(SQUARE, image.id, [world.term.id]) for _ in range(100)])
    assert many.save(n_workers=4)
    assert len(m.AnnotationCollection(image=image.id).fetch()) == 100
    broken = m.AnnotationCollection()
    broken.extend([m.Annotation(SQUARE, image.id) for _ in range(9)] + [m.Annotation("POINT (", image.id)])
    try:
        broken.save(n_workers=1)
        raise AssertionError("a broken collection was saved")
    except CollectionPartialUploadException as refused:
        assert len(refused.failed) == 10
    assert len(m.AnnotationCollection(image=image.id).fetch()) == 100


@behaviour
def annotations_are_listed_with_filters():
    image = m.ImageInstance(
        m.AbstractImage("few", world.file.id, width=500, height=500).save().id, world.project.id
    ).save()
    first = m.Annotation("POINT (10 10)", image.id, [world.term.id]).save()
    second = m.Annotation("LINESTRING (100 100, 200 200)", image.id, [world.term.id, world.other_term.id]).save()
    third = m.Annotation("POLYGON ((300 300, 400 300, 400 400, 300 300))", image.id).save()

    def ids(**filters):
        return [each.id for each in m.AnnotationCollection(image=image.id, **filters).fetch()]

    assert ids() == [third.id, second.id, first.id]
    assert ids(noTerm=True) == [third.id]
    assert ids(multipleTerm=True) == [second.id]
    assert ids(terms=[world.other_term.id]) == [second.id]
    assert ids(bbox="POLYGON ((0 0, 150 0, 150 150, 0 150, 0 0))") == [second.id, first.id]
    assert ids(max=1, offset=1) == [second.id]
    shown = m.AnnotationCollection(image=image.id, showWKT=True, showTerm=True, showGIS=True, showUser=True,
                                   showImage=True, showSlice=True, showTrack=True).fetch()  # fmt: skip
    assert shown[0].location == third.location and shown[1].term == [world.term.id, world.other_term.id]
    assert shown[0].area == 5000 and shown[0].creator == "ada" and shown[0].originalFilename == "few"
    assert isinstance(shown[0].created, int)
    assert first.review() and ids(reviewed=True) == [first.id]
    assert world.slide.id not in [a.image for a in m.AnnotationCollection(project=world.project.id).fetch()]
    included = m.AnnotationCollection(image=image.id, included=True, annotation=third.id).fetch()
    assert [a.id for a in included] == [third.id]


@behaviour
def annotations_are_found_near_others():
    image = m.ImageInstance(
        m.AbstractImage("near", world.file.id, width=500, height=500).save().id, world.project.id
    ).save()
    base = m.Annotation("POINT (10 10)", image.id).save()
    m.Annotation("POINT (10 60)", image.id).save()
    near = m.AnnotationCollection(image=image.id, baseAnnotation=base.id, maxDistanceBaseAnnotation=40).fetch()
    assert [each.id for each in near] == [base.id]
    far = m.AnnotationCollection(image=image.id, baseAnnotation=base.id, maxDistanceBaseAnnotation=50).fetch()
    assert len(far) == 2


@behaviour
def kinds_that_are_not_kept_are_refused():
    assert not m.AnnotationGroup(world.project.id, 1).save()
    assert not annotation.AnnotationFilter("name", [1], [1], project=world.project.id).save()
    assert not m.AnnotationLink("annotation", 1, 1).save()
    assert not m.ImageGroup("name", world.project.id).save()
    assert not m.AnnotationCollection(group=5).fetch()


@behaviour
def nothing_is_recorded_of_who_looked_at_what():
    plane = world.slide.reference_slice()
    assert len(m.PositionCollection().fetch_with_filter("sliceinstance", plane.id)) == 0
    if hasattr(m, "ProjectConnectionCollection"):
        user = cytomine.Cytomine.get_instance().current_user.id
        assert len(m.ProjectConnectionCollection(world.project.id, user).fetch()) == 0
        assert len(m.ImageConsultationCollection(world.project.id, user).fetch()) == 0


@behaviour
def terms_of_annotations_are_given_and_taken():
    annotation = m.Annotation(SQUARE, world.image.id, [world.other_term.id]).save()
    given = m.AnnotationTerm(annotation.id, world.term.id).save()
    assert given.term == world.term.id
    assert m.AnnotationTerm().fetch(annotation.id, world.term.id).userannotation == annotation.id
    assert len(m.TermCollection().fetch_with_filter("annotation", annotation.id)) == 2
    m.AnnotationTerm().fetch(annotation.id, world.term.id).delete()
    assert not m.AnnotationTerm().fetch(annotation.id, world.term.id)
    foreign = m.Term(name(), m.Ontology(name()).save().id, "#000000").save()
    assert not m.AnnotationTerm(annotation.id, foreign.id).save()


@behaviour
def tracks_follow_annotations():
    track = m.Track(name(), world.image.id, "#000000").save()
    assert track.image == world.image.id
    track.name = name()
    track.update()
    assert track.name in [t.name for t in m.TrackCollection().fetch_with_filter("imageinstance", world.image.id)]
    assert track.id in [t.id for t in m.TrackCollection().fetch_with_filter("project", world.project.id)]
    annotation = m.Annotation(SQUARE, world.image.id, id_tracks=[track.id]).save()
    assert annotation.track == [track.id]
    assert m.AnnotationTrack().fetch(annotation.id, track.id).track == track.id
    m.AnnotationTrack().fetch(annotation.id, track.id).delete()
    assert not m.AnnotationTrack().fetch(annotation.id, track.id)
    assert m.AnnotationTrack("annotation", annotation.id, track.id).save()
    track.delete()
    assert not m.Track().fetch(track.id)


@behaviour
def properties_hang_on_objects():
    for thing in (world.project, world.image, m.Annotation(SQUARE, world.image.id).save()):
        stored = m.Property(thing, "key", "value").save()
        assert stored.value == "value" and stored.domainIdent == thing.id
        assert m.Property(thing).fetch(stored.id).value == "value"
        assert m.Property(thing).fetch(key="key").id == stored.id
        stored.value = "other"
        stored.update()
        assert m.PropertyCollection(thing).fetch().as_dict()["key"].value == "other"
        more = m.PropertyCollection(thing)
        more.append(m.Property(thing, "second", 2))
        assert more.save()
        assert set(m.PropertyCollection(thing).fetch().as_dict()) == {"key", "second"}
        stored.delete()
        assert not m.Property(thing).fetch(stored.id)


@behaviour
def descriptions_hang_on_objects():
    m.Description(world.project, "<p>text</p>").save()
    described = m.Description(world.project).fetch()
    assert described.data == "<p>text</p>"
    described.data = "other"
    described.update()
    assert m.Description(world.project).fetch().data == "other"
    described.delete()
    assert not m.Description(world.project).fetch()


@behaviour
def tags_hang_on_objects():
    tag = m.Tag(name()).save()
    assert m.Tag().fetch(tag.id).name == tag.name
    tag.name = name()
    assert tag.update() and tag.name in [each.name for each in m.TagCollection().fetch()]
    assert m.Tag().save() is False
    link = m.TagDomainAssociation(world.project, tag.id).save()
    assert (link.tag, link.domainIdent) == (tag.id, world.project.id)
    assert m.TagDomainAssociation(world.project).fetch(link.id).tag == tag.id
    assert tag.id in [each.tag for each in m.TagDomainAssociationCollection(world.project).fetch()]
    link.delete()
    assert not m.TagDomainAssociation(world.project).fetch(link.id)
    tag.delete()
    assert not m.Tag().fetch(tag.id)


@behaviour
def files_hang_on_objects():
    path = os.path.join(FOLDER, "attached file.txt")
    with open(path, "w") as file:
        file.write("content")
    attached = m.AttachedFile(world.project, path).save()
    assert attached.filename == "attached file.txt"
    fetched = m.AttachedFile(world.project).fetch(attached.id)
    assert fetched.filename == "attached file.txt"
    assert attached.id in [each.id for each in m.AttachedFileCollection(world.project).fetch()]
    copy = os.path.join(FOLDER, "copy.txt")
    assert fetched.download(copy, override=True)
    with open(copy) as file:
        assert file.read() == "content"


@behaviour
def activities_are_empty_listings():
    assert len(m.PositionCollection().fetch_with_filter("imageinstance", world.image.id)) == 0
    assert len(m.AnnotationActionCollection().fetch_with_filter("imageinstance", world.image.id)) == 0
    if hasattr(m, "ImageServerCollection"):
        assert m.ImageServerCollection().fetch()[0].id


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@behaviour
def images_are_uploaded():
    copy = os.path.join(FOLDER, "slide.zip")
    assert world.slide.download(copy)
    cyto = cytomine.Cytomine.get_instance()
    project = m.Project(name(), world.ontology.id).save()
    file = cyto.upload_image(copy, world.storage.id, project.id, properties={"stain": "HE"}, sync=True)
    assert file.id and file.status == m.UploadedFile.DEPLOYED == 100
    (image,) = file.images
    assert image["abstractImage"].orthancSeries == SERIES
    assert image["imageInstances"][0].project == project.id
    assert m.PropertyCollection(image["abstractImage"]).fetch().as_dict()["stain"].value == "HE"


@behaviour
def pictures_of_slides_are_downloaded():
    whole, part = os.path.join(FOLDER, "whole.png"), os.path.join(FOLDER, "part.png")
    slide = world.slide
    assert slide.window(0, 0, slide.width, slide.height, dest_pattern=whole)
    assert slide.window(100, 50, 300, 200, dest_pattern=part)
    assert (pixels(whole)[50:250, 100:400] == pixels(part)).all()
    assert slide.window(100, 50, 300, 200, dest_pattern=part, zoom=1)
    assert pixels(part).shape == (100, 150, 3)
    assert slide.dump(os.path.join(FOLDER, "thumb.png"), max_size=200)
    negative = os.path.join(FOLDER, "negative.png")
    assert slide.dump(negative, max_size=200, contrast=1.0, gamma=1.0, inverse=True)
    assert abs(pixels(negative) - (255 - pixels(os.path.join(FOLDER, "thumb.png")))).max() <= 2
    assert max(pixels(os.path.join(FOLDER, "thumb.png")).shape) == 200
    plane = slide.reference_slice()
    assert plane.window(100, 50, 300, 200, dest_pattern=part)
    assert pixels(part).shape == (200, 300, 3)
    assert slide.download(os.path.join(FOLDER, "slide.zip"))


@behaviour
def pictures_of_annotations_are_downloaded():
    slide = world.slide
    top = slide.height
    annotation = m.Annotation(
        f"POLYGON ((100 {top - 50}, 400 {top - 50}, 400 {top - 250}, 100 {top - 250}, 100 {top - 50}))", slide.id,
        [world.term.id],
    ).save()  # fmt: skip
    crop, mask = os.path.join(FOLDER, "crop.png"), os.path.join(FOLDER, "mask.png")
    whole = os.path.join(FOLDER, "whole.png")
    assert slide.window(0, 0, slide.width, slide.height, dest_pattern=whole)
    assert annotation.dump(crop)
    assert (pixels(whole)[50:250, 100:400] == pixels(crop)).all()
    assert annotation.dump(mask, mask=True) and (pixels(mask) == 255).all()
    assert annotation.dump(mask, mask=True, alpha=True)
    with Image.open(mask) as cut_out:
        assert cut_out.mode == "RGBA"
    assert slide.window(0, 0, slide.width, slide.height, dest_pattern=mask, mask=True)
    seen = pixels(mask)[:, :, 0]
    assert (seen[50:250, 100:400] == 255).all() and (seen == 255).sum() == 200 * 300
    crops = m.AnnotationCollection(image=slide.id).fetch()
    assert len(crops.dump_crops(os.path.join(FOLDER, "{id}.png"), n_workers=2)) == len(crops)


def run():
    global world
    logging.getLogger("cytomine.client").setLevel(logging.CRITICAL)
    results = {}
    with cytomine.Cytomine(HOST, PUBLIC_KEY, PRIVATE_KEY, verbose=logging.CRITICAL):
        world = World()
        for function in BEHAVIOURS:
            try:
                function()
                results[function.__name__] = None
            except BaseException:
                results[function.__name__] = traceback.format_exc()
    return results


if __name__ == "__main__":
    said, sys.stdout = sys.stdout, io.StringIO()
    outcome = run()
    assert threading.active_count() == 1
    said.write(json.dumps(outcome))
