package main

import "github.com/hashicorp/hcl/v2/hcldec"

// The SDK decodes a configuration of HCL2 into these first: every field may be missing.

type flatDisk struct {
	Name *string `cty:"name"`
	Size *int    `cty:"size"`
}

type flatBuilder struct {
	Folder     *string           `cty:"folder"`
	Count      *int              `cty:"count"`
	Names      []string          `cty:"names"`
	Tags       map[string]string `cty:"tags"`
	Misbehave  *string           `cty:"misbehave"`
	NoMachine  *bool             `cty:"no_machine"`
	Deprecated *string           `cty:"deprecated"`
	Disks      []flatDisk        `cty:"disk"`
}

type flatProvisioner struct {
	Run       []string `cty:"run"`
	Send      *string  `cty:"send"`
	Input     *string  `cty:"input"`
	To        *string  `cty:"to"`
	Fetch     *string  `cty:"fetch"`
	Say       *string  `cty:"say"`
	Misbehave *string  `cty:"misbehave"`
}

type flatNote struct {
	Path      *string `cty:"path"`
	Text      *string `cty:"text"`
	Same      *bool   `cty:"same"`
	Misbehave *string `cty:"misbehave"`
}

type flatFacts struct {
	Name      *string `cty:"name"`
	Misbehave *string `cty:"misbehave"`
}

func (*flatBuilder) HCL2Spec() map[string]hcldec.Spec     { return new(builder).ConfigSpec() }
func (*flatProvisioner) HCL2Spec() map[string]hcldec.Spec { return new(provisioner).ConfigSpec() }
func (*flatNote) HCL2Spec() map[string]hcldec.Spec        { return new(postProcessor).ConfigSpec() }
func (*flatFacts) HCL2Spec() map[string]hcldec.Spec       { return new(datasource).ConfigSpec() }

func (*builderConfig) FlatMapstructure() interface{ HCL2Spec() map[string]hcldec.Spec } {
	return new(flatBuilder)
}
func (*provisionerConfig) FlatMapstructure() interface{ HCL2Spec() map[string]hcldec.Spec } {
	return new(flatProvisioner)
}
func (*noteConfig) FlatMapstructure() interface{ HCL2Spec() map[string]hcldec.Spec } {
	return new(flatNote)
}
func (*factsConfig) FlatMapstructure() interface{ HCL2Spec() map[string]hcldec.Spec } {
	return new(flatFacts)
}
