"""Recipe of `index/places.json`: the names of China's provinces and cities in the languages that questions come in."""
