// Checks an OCI image layout by what others wrote: the JSON schemas of the specification, and
// go-containerregistry's invariants (digests, sizes, diff ids, configs against layers).
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/opencontainers/image-spec/schema"
	spec "github.com/opencontainers/image-spec/specs-go/v1"
)

// document is what indexes and manifests have that leads to further documents.
type document struct {
	Manifests []spec.Descriptor `json:"manifests"`
	Config    *spec.Descriptor  `json:"config"`
}

func check(directory string) error {
	index, err := layout.ImageIndexFromPath(directory)
	if err != nil {
		return err
	}
	if err := validate.Index(index); err != nil {
		return err
	}
	if err := walk(directory, "oci-layout", string(schema.ValidatorMediaTypeLayoutHeader)); err != nil {
		return err
	}
	return walk(directory, "index.json", spec.MediaTypeImageIndex)
}

func walk(directory, name, mediaType string) error {
	content, err := os.ReadFile(filepath.Join(directory, name))
	if err != nil {
		return err
	}
	if err := schema.Validator(mediaType).Validate(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("%s is no %s: %w", name, mediaType, err)
	}
	var found document
	if err := json.Unmarshal(content, &found); err != nil || mediaType == spec.MediaTypeImageConfig {
		return err
	}
	if found.Config != nil {
		found.Manifests = append(found.Manifests, *found.Config)
	}
	for _, next := range found.Manifests {
		blob := "blobs/" + strings.ReplaceAll(string(next.Digest), ":", "/")
		if err := walk(directory, blob, next.MediaType); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
