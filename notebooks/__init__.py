"""Teaching: notebooks, and the students' page."""
