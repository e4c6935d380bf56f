"""A page of nothing but the choice of a picture, which it says in JSON."""

import json

import streamlit as st

from dashboard import address
from dashboard.library import scan
from dashboard.picture import choose_picture
from dashboard.settings import current_settings

address.begin()
picture = choose_picture(scan(current_settings()).entry("se"))
said = picture and [picture.name, picture.sample, picture.label, list(picture.image.size)]
address.finish()
st.code(json.dumps(said))
