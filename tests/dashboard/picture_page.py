"""A page of nothing but the choice of a picture, which it says in JSON."""

import json

import streamlit as st

from dashboard.parts.picture import choose_picture
from dashboard.shell import address
from dashboard.shell.settings import current_settings
from dashboard.sources.stores import scan

address.begin()
picture = choose_picture(scan(current_settings()).entry("se"))
said = picture and [picture.name, picture.sample, picture.label, list(picture.image.size)]
address.finish()
st.code(json.dumps(said))
