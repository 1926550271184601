package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/zclconf/go-cty/cty"
)

type provisionerConfig struct {
	Run       []string `mapstructure:"run"`
	Send      string   `mapstructure:"send"`
	Input     string   `mapstructure:"input"`
	To        string   `mapstructure:"to"`
	Fetch     string   `mapstructure:"fetch"`
	Say       string   `mapstructure:"say"`
	Misbehave string   `mapstructure:"misbehave"`
}

type provisioner struct{ config provisionerConfig }

func (p *provisioner) ConfigSpec() hcldec.ObjectSpec {
	return hcldec.ObjectSpec{
		"run":       attribute("run", cty.List(cty.String), false),
		"send":      attribute("send", cty.String, false),
		"input":     attribute("input", cty.String, false),
		"to":        attribute("to", cty.String, false),
		"fetch":     attribute("fetch", cty.String, false),
		"say":       attribute("say", cty.String, false),
		"misbehave": attribute("misbehave", cty.String, false),
	}
}

func (p *provisioner) Prepare(raws ...interface{}) error {
	p.config = provisionerConfig{}
	if err := config.Decode(&p.config, &config.DecodeOpts{PluginType: "peer-steps"}, raws...); err != nil {
		return err
	}
	if p.config.Send != "" && p.config.To == "" {
		return errors.New("send needs to")
	}
	return misbehave(p.config.Misbehave, "prepare")
}

func (p *provisioner) Provision(ctx context.Context, ui packer.Ui, machine packer.Communicator, data map[string]interface{}) error {
	if p.config.Say != "" {
		ui.Say(p.config.Say)
	}
	ui.Message(fmt.Sprintf("The machine is %v", data["ID"]))
	if err := misbehave(p.config.Misbehave, "provision"); err != nil {
		return err
	}
	if p.config.Send != "" {
		if err := machine.Upload(p.config.To, strings.NewReader(p.config.Send), nil); err != nil {
			return err
		}
	}
	for _, line := range p.config.Run {
		command := &packer.RemoteCmd{Command: line}
		if p.config.Input != "" {
			command.Stdin = strings.NewReader(p.config.Input)
		}
		if err := command.RunWithUi(ctx, machine, ui); err != nil {
			return err
		}
		if code := command.ExitStatus(); code != 0 {
			return fmt.Errorf("%q ended with %d", line, code)
		}
	}
	if p.config.Fetch != "" {
		var content bytes.Buffer
		if err := machine.Download(p.config.Fetch, &content); err != nil {
			return err
		}
		ui.Message(fmt.Sprintf("Fetched %d bytes", content.Len()))
	}
	return nil
}

type noteConfig struct {
	Path      string `mapstructure:"path"`
	Text      string `mapstructure:"text"`
	Same      bool   `mapstructure:"same"`
	Misbehave string `mapstructure:"misbehave"`
}

type postProcessor struct{ config noteConfig }

func (p *postProcessor) ConfigSpec() hcldec.ObjectSpec {
	return hcldec.ObjectSpec{
		"path":      attribute("path", cty.String, false),
		"text":      attribute("text", cty.String, false),
		"same":      attribute("same", cty.Bool, false),
		"misbehave": attribute("misbehave", cty.String, false),
	}
}

func (p *postProcessor) Configure(raws ...interface{}) error {
	p.config = noteConfig{}
	if err := config.Decode(&p.config, &config.DecodeOpts{PluginType: "peer-note"}, raws...); err != nil {
		return err
	}
	return misbehave(p.config.Misbehave, "prepare")
}

func (p *postProcessor) PostProcess(ctx context.Context, ui packer.Ui, input packer.Artifact) (packer.Artifact, bool, bool, error) {
	if err := misbehave(p.config.Misbehave, "run"); err != nil {
		return nil, false, false, err
	}
	text := fmt.Sprintf("%s\n%s %s %v\n", p.config.Text, input.BuilderId(), input.Id(), input.Files())
	if err := os.WriteFile(p.config.Path, []byte(text), 0o644); err != nil {
		return nil, false, false, err
	}
	ui.Say("Noted in " + p.config.Path)
	if p.config.Same {
		return input, true, true, nil
	}
	return &note{path: p.config.Path}, true, false, nil
}

type note struct{ path string }

func (n *note) BuilderId() string             { return "peer.note" }
func (n *note) Id() string                    { return n.path }
func (n *note) String() string                { return "A note in " + n.path }
func (n *note) Destroy() error                { return os.Remove(n.path) }
func (n *note) Files() []string               { return []string{n.path} }
func (n *note) State(name string) interface{} { return nil }

type factsConfig struct {
	Name      string `mapstructure:"name"`
	Misbehave string `mapstructure:"misbehave"`
}

type datasource struct{ config factsConfig }

func (d *datasource) ConfigSpec() hcldec.ObjectSpec {
	return hcldec.ObjectSpec{
		"name":      attribute("name", cty.String, true),
		"misbehave": attribute("misbehave", cty.String, false),
	}
}

func (d *datasource) OutputSpec() hcldec.ObjectSpec {
	return hcldec.ObjectSpec{
		"greeting": attribute("greeting", cty.String, false),
		"length":   attribute("length", cty.Number, false),
		"letters":  attribute("letters", cty.List(cty.String), false),
	}
}

func (d *datasource) Configure(raws ...interface{}) error {
	if err := config.Decode(&d.config, &config.DecodeOpts{PluginType: "peer-facts"}, raws...); err != nil {
		return err
	}
	return misbehave(d.config.Misbehave, "prepare")
}

func (d *datasource) Execute() (cty.Value, error) {
	if err := misbehave(d.config.Misbehave, "run"); err != nil {
		return cty.NilVal, err
	}
	letters := []cty.Value{}
	for _, letter := range d.config.Name {
		letters = append(letters, cty.StringVal(string(letter)))
	}
	return cty.ObjectVal(map[string]cty.Value{
		"greeting": cty.StringVal("Hello " + d.config.Name),
		"length":   cty.NumberIntVal(int64(len(d.config.Name))),
		"letters":  cty.ListVal(letters),
	}), nil
}
