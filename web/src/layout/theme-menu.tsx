/** Chooses between light, dark and what the system says. */
import { MoonIcon, SunIcon, SystemIcon } from '@/components/icons';
import { ChoiceMenu } from '@/components/menu';
import { Button } from '@/components/ui';
import { chooseTheme, useTheme, useThemeChoice } from './theme';

export function ThemeMenu() {
  const theme = useTheme();
  const choice = useThemeChoice();
  return (
    <ChoiceMenu
      label="Colour scheme"
      value={choice}
      onChoose={chooseTheme}
      align="end"
      choices={[
        { value: 'light', label: 'Light', icon: <SunIcon /> },
        { value: 'dark', label: 'Dark', icon: <MoonIcon /> },
        { value: 'system', label: 'As the system', icon: <SystemIcon /> },
      ]}
      trigger={
        <Button look="ghost" square aria-label="Colour scheme">
          {theme === 'dark' ? <MoonIcon /> : <SunIcon />}
        </Button>
      }
    />
  );
}
