"""nbgrader's configuration, read by its commands, Formgrader and the Validate button, in a clone in any folder."""

from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback

from autograder.feedback import HideTests
from autograder.feedback_page import FeedbackExporter
from autograder.nbgrader_plugins import autograde_steps, sanitize_steps
from autograder.publish import published_setting, release_steps

root = Path(__file__).resolve().parent

c = get_config()  # noqa: F821  (traitlets puts it there)

c.CourseDirectory.course_id = "stable-exponentials"
c.CourseDirectory.root = str(root)

# nbgrader's own steps stay as they are; ours go before, between and after them.
c.GenerateAssignment.preprocessors = release_steps(GenerateAssignment().preprocessors)
c.Autograde.sanitize_preprocessors = sanitize_steps(Autograde().sanitize_preprocessors)
c.Autograde.autograde_preprocessors = autograde_steps(Autograde().autograde_preprocessors)
c.GenerateFeedback.preprocessors = [HideTests, *GenerateFeedback().preprocessors]
c.GenerateFeedback.exporter_class = FeedbackExporter
c.Publish.published = published_setting(root)

c.ClearSolutions.text_stub = "*Your answer here.*"

# Longer than any honest cell of this course takes, also on an old laptop.
c.Execute.timeout = 60
