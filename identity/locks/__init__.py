"""The identity lock: a person stops every new use of their account until they prove themselves again."""
