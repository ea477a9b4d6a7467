// Azure regions of the local cloud: ARM names and the display names that provider listings use.

export const REGIONS: Record<string, string> = {
  eastus: 'East US',
  eastus2: 'East US 2',
  northcentralus: 'North Central US',
  southcentralus: 'South Central US',
  westus: 'West US',
  westus3: 'West US 3',
  canadaeast: 'Canada East',
  swedencentral: 'Sweden Central',
  francecentral: 'France Central',
  switzerlandnorth: 'Switzerland North',
  switzerlandwest: 'Switzerland West',
  uksouth: 'UK South',
  westeurope: 'West Europe',
  japaneast: 'Japan East',
  australiaeast: 'Australia East',
  southindia: 'South India',
};

/** ARM takes `East US 2` for `eastus2`. */
export const regionName = (text: string): string => text.toLowerCase().replaceAll(' ', '');
