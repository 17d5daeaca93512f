"""The road over the state's electronic identity (VNeID); its protocol is not public, so that every detail of it is a setting."""
