"""The twenty invented people developers try their apps with: in a sandbox alone, and never counted among real ones."""
